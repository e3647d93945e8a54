import Platform
import ServiceConfiguration
import TestSupport

/// A configuration directory in one input: files divided by a zero byte, in the order of `names`.
enum FuzzConfiguration {
    private static let names = ["services.cfg", "access.cfg", "projects/demo.cfg", "keys.json"]

    static func take(_ bytes: [UInt8]) {
        let disk = SimulatedDisk()
        do throws(FileError) {
            try disk.createDirectory("/c")
            try disk.createDirectory("/c/projects")
        } catch { preconditionFailure("an empty disk takes directories: \(error)") }
        let parts = bytes.split(
            separator: 0, maxSplits: names.count - 1, omittingEmptySubsequences: false)
        for (name, part) in zip(names, parts) { disk.put(Array(part), at: "/c/\(name)") }
        do throws(ConfigurationRefusal) {
            let first = try ConfigurationReader.read("/c", disk)
            let second = try ConfigurationReader.read("/c", disk)
            precondition(first == second, "the same files mean the same")
        } catch { return }
    }
}
