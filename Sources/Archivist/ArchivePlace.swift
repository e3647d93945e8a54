import Foundation
import Platform
import S3Store
import StreamArchive

/// Opens the store that a person names.
package enum ArchivePlace {
    /// - Parameter place: a directory, or `s3://bucket/base` with credentials, endpoint and region
    ///   from the environment.
    package static func open(
        _ place: String, clock: any Clock, randomness: any Randomness,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ArchivePlaceProblem) -> any ObjectStore {
        let files = SystemFileSystem()
        guard place.hasPrefix("s3://") else {
            do throws(ObjectError) {
                return try DirectoryStore.open(place, files: files)
            } catch {
                throw ArchivePlaceProblem("\(error)")
            }
        }
        do throws(S3Problem) {
            return try S3Store.open(
                place, environment: environment, files: files, clock: clock,
                randomness: randomness)
        } catch {
            throw ArchivePlaceProblem("\(error)")
        }
    }
}

/// Why a place for archives cannot be used.
package struct ArchivePlaceProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
