import ServiceConfiguration

/// Callers, by name, by how their names begin, or all of them.
struct PrincipalSet: Sendable {
    private var exact: Set<String> = []
    private var beginnings: [String] = []
    private var hasAnonymous = false
    private var hasEverybody = false
    /// Groups that belong to it, each by what it holds itself.
    private var groups: [GroupTable.Members] = []

    static let nobody = PrincipalSet()

    init() {}

    init(_ patterns: [IdentityPattern], _ table: GroupTable) {
        for pattern in patterns { add(pattern, table) }
    }

    mutating func add(_ pattern: IdentityPattern, _ table: GroupTable) {
        switch pattern {
        case .exactly(let identity): exact.insert(identity)
        case .beginning(let start): beginnings.append(start)
        case .anonymous: hasAnonymous = true
        case .everybody: hasEverybody = true
        case .group(let name): groups += table.members(of: name)
        }
    }

    func contains(_ caller: Caller) -> Bool {
        if hasEverybody { return true }
        let isOwn =
            if let identity = caller.identity {
                exact.contains(identity) || beginnings.contains { identity.hasPrefix($0) }
            } else {
                hasAnonymous
            }
        return isOwn || groups.contains { $0.own.contains(caller) }
    }
}

/// The groups, each held once however many realms name it.
struct GroupTable: Sendable {
    /// What a group holds itself, without the groups in it.
    final class Members: Sendable {
        let own: PrincipalSet

        init(_ own: PrincipalSet) { self.own = own }
    }

    private let own: [String: Members]
    private let nested: [String: [String]]
    /// What is there without being configured.
    private static let everybody = "all"

    init(_ groups: [String: GroupSettings]) {
        let empty = GroupTable()
        own = groups.mapValues { Members(PrincipalSet($0.members, empty)) }
            .merging([Self.everybody: Members(PrincipalSet([.everybody], empty))]) { $1 }
        nested = groups.mapValues(\.nested)
    }

    private init() {
        own = [:]
        nested = [:]
    }

    /// Those of the group and of all groups in it; there is no circle, but there may be two ways.
    func members(of name: String) -> [Members] {
        var seen: Set<String> = [name]
        var open = [name]
        var found: [Members] = []
        while let next = open.popLast() {
            if let members = own[next] { found.append(members) }
            open += (nested[next] ?? []).filter { seen.insert($0).inserted }
        }
        return found
    }
}
