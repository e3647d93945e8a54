import Platform
import StreamArchive

/// A store in which one call changes nothing, or is done and not answered.
final class TroubledStore: ListedStore {
    enum Trouble: CaseIterable {
        case notDone
        case notAnswered
    }

    private let store: any ListedStore
    /// The number of the call, from 0; nil: none.
    private let troubled: Int?
    private let trouble: Trouble
    private let calls = Lock(0)

    init(_ store: any ListedStore, _ trouble: Trouble, atCall troubled: Int?) {
        self.store = store
        self.trouble = trouble
        self.troubled = troubled
    }

    var callCount: Int { calls.withLock { $0 } }

    fileprivate func call<Result>(
        _ body: () throws(ObjectError) -> Result
    ) throws(ObjectError) -> Result {
        let number = calls.withLock { count in
            defer { count += 1 }
            return count
        }
        // Once it is gone, it stays away.
        let isGone = troubled.map { number >= $0 } ?? false
        let error = ObjectError.unavailable("store", reason: "call \(number)")
        guard !isGone || (trouble == .notAnswered && number == troubled) else { throw error }
        let result = try body()
        if isGone { throw error }
        return result
    }

    var location: String { store.location }
    func url(of name: ObjectName) -> String { store.url(of: name) }
    func name(of url: String) -> ObjectName? { store.name(of: url) }
    func presignedURL(of name: ObjectName, lifetime: Duration, at now: Timestamp) -> String? { nil }

    func size(of name: ObjectName) throws(ObjectError) -> UInt64? {
        try call { () throws(ObjectError) in try store.size(of: name) }
    }
    func read(_ range: Range<UInt64>, of name: ObjectName) throws(ObjectError) -> [UInt8] {
        try call { () throws(ObjectError) in try store.read(range, of: name) }
    }
    func objects(in folder: ObjectName) throws(ObjectError) -> [ListedObject] {
        try call { () throws(ObjectError) in try store.objects(in: folder) }
    }
    func beginGroup() throws(ObjectError) -> any ObjectGroup {
        try call { () throws(ObjectError) in TroubledGroup(try store.beginGroup(), self) }
    }
    func replace(_ name: ObjectName, with upload: any ObjectUpload) throws(ObjectError) {
        try call { () throws(ObjectError) in try store.replace(name, with: upload) }
    }
    func remove(_ name: ObjectName) throws(ObjectError) {
        try call { () throws(ObjectError) in try store.remove(name) }
    }
}

private final class TroubledGroup: ObjectGroup {
    private let group: any ObjectGroup
    private let store: TroubledStore

    init(_ group: any ObjectGroup, _ store: TroubledStore) {
        self.group = group
        self.store = store
    }

    func begin(_ name: ObjectName) throws(ObjectError) -> any ObjectUpload {
        try store.call { () throws(ObjectError) in try group.begin(name) }
    }
    func publish(_ upload: any ObjectUpload) throws(ObjectError) {
        try store.call { () throws(ObjectError) in try group.publish(upload) }
    }
    func settle() throws(ObjectError) {
        try store.call { () throws(ObjectError) in try group.settle() }
    }
    func end() { group.end() }
}
