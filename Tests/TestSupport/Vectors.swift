import Foundation

/// Where the recordings and vectors lie: `../shared` beside the checkout, or `LOGDOG_VECTORS`.
public enum Vectors {
    /// A folder of the same form as the one that `LOGDOG_VECTORS` names.
    private static let override = ProcessInfo.processInfo.environment["LOGDOG_VECTORS"]

    private static let shared = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "shared")

    /// `vectors.json` or `format-vectors.json`; nil where it is not there.
    public static func file(_ name: String) -> URL? {
        existing(override.map { URL(filePath: $0) } ?? shared.appending(path: "spec"), name)
    }

    /// One of the folders `rpc`, `http`, `bundles`, `archives`, `wire`; nil where it is not there.
    public static func folder(_ name: String) -> URL? {
        existing(override.map { URL(filePath: $0) } ?? shared.appending(path: "corpus"), name)
    }

    /// Says on standard error that cases were not run, and why: they never count as passed.
    public static func notRun(_ what: String, because reason: String) {
        FileHandle.standardError.write(Data("NOT RUN: \(what): \(reason)\n".utf8))
    }

    /// The cases of one group of `vectors.json`; nil, after saying so, where they are not there.
    public static func group(_ name: String) throws -> [JSONObject]? {
        guard let url = file("vectors.json") else {
            notRun(name, because: "vectors.json is not there")
            return nil
        }
        let root = try JSONObject(JSONSerialization.jsonObject(with: Data(contentsOf: url)))
        for group in root.objects("groups") where group.string("group") == name {
            return group.objects("cases")
        }
        notRun(name, because: "no group of that name")
        return nil
    }

    private static func existing(_ directory: URL, _ name: String) -> URL? {
        let url = directory.appending(path: name)
        return FileManager.default.fileExists(atPath: url.path) ? url : nil
    }
}

/// A JSON object whose members are read by type; a member of another type reads as absent.
public struct JSONObject {
    public let members: [String: Any]

    public init(_ value: Any) throws {
        guard let members = value as? [String: Any] else { throw NotAnObject() }
        self.members = members
    }

    private init(members: [String: Any]) { self.members = members }

    public struct NotAnObject: Error {}

    public func has(_ name: String) -> Bool {
        members[name] != nil && !(members[name] is NSNull)
    }
    public func string(_ name: String) -> String? { members[name] as? String }
    public func strings(_ name: String) -> [String] { members[name] as? [String] ?? [] }
    public func bool(_ name: String) -> Bool? { members[name] as? Bool }
    public func int(_ name: String) -> Int? {
        (members[name] as? NSNumber)?.intValue ?? string(name).flatMap { Int($0) }
    }
    public func object(_ name: String) -> JSONObject? {
        (members[name] as? [String: Any]).map(JSONObject.init(members:))
    }
    public func objects(_ name: String) -> [JSONObject] {
        (members[name] as? [[String: Any]] ?? []).map(JSONObject.init(members:))
    }
    /// The bytes of a lower-case hex string.
    public func hex(_ name: String) -> [UInt8]? { string(name).flatMap([UInt8].init(hex:)) }
}

extension Array where Element == UInt8 {
    /// The bytes that `hex` spells; nil if it is not an even number of hex digits.
    public init?(hex: String) {
        let digits = hex.utf8.map { UInt8(hexDigit: $0) }
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(high << 4 | low)
        }
        self = bytes
    }
}

extension UInt8 {
    fileprivate init?(hexDigit: UInt8) {
        switch hexDigit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self = hexDigit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self = hexDigit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self = hexDigit - UInt8(ascii: "A") + 10
        default: return nil
        }
    }
}
