import AccessControl
import Coordinator
import LogDogModel
import Platform
import RPCStatus
import ReadModels
import ServiceConfiguration
import Tumble

/// What all services share.
package struct ServiceContext: Sendable {
    package let readModel: ReadModel
    package let processor: ProcessorRunner<CoordinatorMachine>
    package let authority: any Authority
    package let limiter: RateLimiter
    private let timers: TimerOverrides
    package let clock: any Clock
    package let randomness: any Randomness
    package let dialect: Dialect
    /// Seals where the next page of a query begins.
    package let cursor: QueryCursor
    /// Signs links to archives; nil where nobody serves them.
    package var links: ArchiveLinks?

    package init(
        readModel: ReadModel, processor: ProcessorRunner<CoordinatorMachine>,
        authority: any Authority, limiter: RateLimiter, timers: TimerOverrides, clock: any Clock,
        randomness: any Randomness, dialect: Dialect, cursor: QueryCursor
    ) {
        self.readModel = readModel
        self.processor = processor
        self.authority = authority
        self.limiter = limiter
        self.timers = timers
        self.clock = clock
        self.randomness = randomness
        self.dialect = dialect
        self.cursor = cursor
    }

    /// How long the archivals of a project's streams wait, as configured just now.
    func timers(for project: ProjectSettings) -> ArchivalTimers {
        ArchivalTimers(timers, authority.service, project, dialect)
    }

    /// Enters the project of a request (`spec/rpc.md §2.1`).
    ///
    /// - Parameter isRequired: whether an empty name has a refusal of its own.
    func enterProject(
        _ name: String, _ caller: Caller
    ) throws(RPCError) -> ProjectSettings {
        guard !name.isEmpty else { throw RPCError(.invalidArgument, "project is required") }
        do throws(NameError) {
            try Names.check(projectName: name)
        } catch {
            throw RPCError(.invalidArgument, "project name is invalid")
        }
        guard let project = authority.project(name) else { throw Self.denied(caller) }
        try pay([.init(.project(name), .requests, 1)])
        return project
    }

    /// The classic dialect's check of readers (`spec/rpc.md §2.1`, step 4).
    func requireReader(of project: String, _ caller: Caller) throws(RPCError) {
        guard authority.isReader(of: project, caller) else { throw Self.denied(caller) }
    }

    /// Asks for a permission in the realm of a prefix; one without a realm is in `@legacy`.
    func require(
        _ permission: Permission, in prefix: PrefixState, _ caller: Caller
    ) throws(RPCError) {
        guard authority.isAllowed(permission, in: prefix.fullRealm, caller) else {
            throw Self.denied(caller)
        }
    }

    func requireService(_ caller: Caller) throws(RPCError) {
        guard authority.isService(caller) else {
            throw RPCError(.permissionDenied, "this call is for services")
        }
    }

    /// The text does not tell "absent" from "forbidden".
    static func denied(_ caller: Caller) -> RPCError {
        RPCError(
            caller.isAnonymous ? .unauthenticated : .permissionDenied,
            "the project or prefix is not there, or you may not do this with it")
    }

    /// Lets the journal say which configuration is in force from here on.
    package func changeConfiguration(_ change: ChangeConfiguration) async throws(RPCError) {
        _ = try await submit(.changeConfiguration(change))
    }

    /// Has a mutation decided, and returns once it is durable; a refusal comes with its status.
    package func submit(
        _ mutation: CoordinatorMutation
    ) async throws(RPCError) -> CoordinatorReply {
        do throws(SubmitFailure<Rejection>) {
            return try await processor.submit(mutation)
        } catch {
            throw RPCError(error)
        }
    }
}
