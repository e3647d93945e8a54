import Crypto
import Platform

/// The files of a configuration directory as they are just now: `services.cfg`, `access.cfg`,
/// `retention.cfg`, key sets (`NAME.json`) and `projects/NAME.cfg`. Everything else in it is passed over.
package struct ConfigurationSources: Hashable, Sendable {
    /// A file may have so many bytes.
    static let fileLimit = 1 << 20
    /// All of them together.
    static let totalLimit = 8 << 20

    /// By name relative to the directory.
    let files: [String: [UInt8]]

    /// Reads the directory; blocks on the disk.
    package init(
        _ directory: String, _ system: any FileSystem
    ) throws(ConfigurationRefusal) {
        var files: [String: [UInt8]] = [:]
        var total = 0
        for name in try Self.names(directory, system) {
            let bytes = try Self.read("\(directory)/\(name)", name, system)
            total += bytes.count
            guard total <= Self.totalLimit else {
                throw Self.refusal(name, "all files together exceed \(Self.totalLimit) bytes")
            }
            files[name] = bytes
        }
        self.files = files
    }

    /// The SHA-256 over names and bytes.
    package var hash: [UInt8] {
        var hasher = SHA256()
        for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
            hasher.update(data: Array("\(name)\n\(bytes.count)\n".utf8))
            hasher.update(data: bytes)
        }
        return Array(hasher.finalize())
    }

    private static func names(
        _ directory: String, _ system: any FileSystem
    ) throws(ConfigurationRefusal) -> [String] {
        do throws(FileError) {
            var names = try system.list(directory).filter { name in
                !name.hasPrefix(".") && (name.hasSuffix(".cfg") || name.hasSuffix(".json"))
            }
            if try system.status("\(directory)/projects")?.isDirectory == true {
                names += try system.list("\(directory)/projects")
                    .filter { !$0.hasPrefix(".") && $0.hasSuffix(".cfg") }
                    .map { "projects/\($0)" }
            }
            return names
        } catch {
            throw refusal(directory, "\(error)")
        }
    }

    private static func read(
        _ path: String, _ name: String, _ system: any FileSystem
    ) throws(ConfigurationRefusal) -> [UInt8] {
        let bytes: [UInt8]
        do throws(FileError) {
            let file = try system.open(path, .read)
            defer { file.close() }
            bytes = try file.read(fileLimit + 1, at: 0)
        } catch {
            throw refusal(name, "\(error)")
        }
        guard bytes.count <= fileLimit else {
            throw refusal(name, "the file exceeds \(fileLimit) bytes")
        }
        return bytes
    }

    private static func refusal(_ name: String, _ reason: String) -> ConfigurationRefusal {
        ConfigurationRefusal([ConfigurationProblem(file: name, line: nil, reason: reason)])
    }
}
