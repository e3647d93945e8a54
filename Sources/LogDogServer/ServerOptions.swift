import AccessControl
import Archivist
import Journal
import enum LogDogModel.Dialect
import LogDogServices
import PRPCServer
import Platform
import ServiceConfiguration

/// What a server is started with.
package struct ServerOptions: Sendable {
    /// The directory that everything is in; created if it is not there.
    package var data: String
    package var host = "127.0.0.1"
    /// 0 picks one.
    package var port = 8080
    /// Where bundles are taken beside HTTP.
    package var ingest: StreamAddress?
    package var dialect = Dialect.current
    package var sync = SyncPolicy.always
    /// Who may do what, unless there is a configuration.
    package var authority: any Authority = OpenAuthority()
    /// A directory with `services.cfg` and its like; nil leaves everything to `authority`.
    package var configuration: String?
    /// Shares of callers, projects and streams, unless there is a configuration.
    package var limits = LimitSettings()
    /// Lets an open server listen elsewhere than on loopback.
    package var allowOpen = false
    /// What the command line says of archival, before any configuration.
    package var timers = TimerOverrides()
    /// Where archives are: directories or `s3://bucket/base`. New ones go to the first.
    package var archives: [String] = []
    /// How the built-in archivist works; nil: another program archives.
    package var archivist: ArchivistOptions? = ArchivistOptions()
    /// What clients reach this server by; nil: its own address.
    package var publicURL: String?
    package var clock: any Clock = SystemClock()
    package var randomness: any Randomness = SystemRandomness()
    /// What the journal is kept on.
    package var files: any FileSystem = SystemFileSystem()
    package var serverLimits = ServerLimits()
    /// Clients that may follow logs at once: each may hold a page of 256 KiB in memory, twice.
    package var followers = usualFollowers
    /// Enough for a team and its dashboards; 2 GiB if all of them are slow at once.
    package static let usualFollowers = 4096
    /// How long requests that came may take at a stop.
    package var grace = Duration.seconds(10)

    package init(data: String) { self.data = data }
}

/// Why a server did not start.
package enum StartFailure: Error, CustomStringConvertible {
    /// Another process uses the directory.
    case locked(directory: String, holder: String)
    /// The directory was written by a newer format.
    case newerFormat(String)
    /// A file or a socket could not be used.
    case inputOutput(String)
    /// The options ask for what is not done.
    case refused(String)
    /// The journal cannot be replayed.
    case unreadable(String)

    package var description: String {
        switch self {
        case .locked(let directory, let holder):
            "\(directory) is in use by another process: \(holder)"
        case .newerFormat(let text), .inputOutput(let text), .refused(let text),
            .unreadable(let text):
            text
        }
    }
}
