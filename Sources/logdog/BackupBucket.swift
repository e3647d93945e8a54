import Foundation
import JournalRepair
import Platform
import S3Store

/// The bucket of a backup.
enum BackupBucket {
    /// - Parameter place: `s3://bucket/base`.
    static func open(_ place: String) throws -> S3Store {
        do throws(S3Problem) {
            return try S3Store.open(
                place, environment: ProcessInfo.processInfo.environment,
                files: SystemFileSystem(), clock: SystemClock(), randomness: SystemRandomness())
        } catch {
            throw CommandFailure(.refused, "\(error)")
        }
    }
}

extension CommandFailure {
    /// The exit code of a backup or a restore that failed.
    init(_ error: BackupError) {
        switch error {
        case .journal(let error): self.init(error)
        case .store: self.init(.inputOutput, "\(error)")
        case .damaged: self.init(.damageFound, "\(error)")
        case .newerFormat: self.init(.newerFormat, "\(error)")
        case .anotherJournal, .overtaken, .empty: self.init(.refused, "\(error)")
        }
    }
}
