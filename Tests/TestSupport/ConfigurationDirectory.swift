import Foundation

/// A directory of configuration files that is gone when the test is over.
public final class ConfigurationDirectory: Sendable {
    public let path: String

    /// - Parameter files: by name relative to the directory.
    public init(_ files: [String: String]) throws {
        path =
            FileManager.default.temporaryDirectory
            .appending(path: "logdog-configuration-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: path + "/projects", withIntermediateDirectories: true)
        for (name, text) in files { try write(text, to: name) }
    }

    deinit {
        // A directory that cannot be removed is the system's to clean; no test depends on it.
        do { try FileManager.default.removeItem(atPath: path) } catch {}
    }

    public func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
    }

    public func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
}
