import Coordinator
import LogDogModel
import RPCStatus
import ReadModels

// Prefixes and streams as services ask for them: a catalog that does not answer becomes a status.
extension ServiceContext {
    package func prefix(project: String, hash: HashID) async throws(RPCError) -> PrefixState? {
        do throws(ReadError) {
            return try await readModel.prefix(project: project, hash: hash)
        } catch {
            throw RPCError(error)
        }
    }

    package func prefix(_ id: PrefixID) async throws(RPCError) -> PrefixState? {
        do throws(ReadError) {
            return try await readModel.prefix(id)
        } catch {
            throw RPCError(error)
        }
    }

    package func stream(project: String, hash: HashID) async throws(RPCError) -> StreamState? {
        do throws(ReadError) {
            return try await readModel.stream(project: project, hash: hash)
        } catch {
            throw RPCError(error)
        }
    }
}
