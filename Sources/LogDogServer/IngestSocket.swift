import AccessControl
import ByteCoding
import ButlerProtocol
import LogDogServices
import PRPCServer
import RPCStatus

/// The socket door of ingest: messages back to back, and for each, in order, once it is durable,
/// one RecordIO frame back: the gRPC code as a varint, then text.
///
/// What has come on all connections of an event loop at one turn of it is submitted together, and
/// its answers come back together.
///
/// `@unchecked Sendable`: it belongs to its event loop, and others reach it by way of `loop` alone.
final class IngestSocket: StreamService, @unchecked Sendable {
    private struct Arrival: Sendable {
        let connection: StreamConnection
        let place: StreamConnection.Place
    }

    /// The usual answer.
    private static let accepted = frame(.ok, "")

    private let ingest: BundleIngest
    private let metrics: ServerMetrics
    private let loop: StreamLoop
    private let inflater = Inflater()
    /// What has come at this turn of the loop, and where each message of it is answered.
    private var batch = BundleBatch()
    private var arrivals: [Arrival] = []

    init(_ ingest: BundleIngest, _ metrics: ServerMetrics, on loop: StreamLoop) {
        self.ingest = ingest
        self.metrics = metrics
        self.loop = loop
    }

    func take(_ incoming: ArraySlice<UInt8>, from connection: StreamConnection) -> Int {
        var reader = ByteReader(incoming)
        do throws(BundleError) {
            while connection.takesMore,
                let message = try BundleMessage.next(from: &reader, inflater)
            {
                gather(message, from: connection)
            }
        } catch {
            // A message that is not whole yet is short of two frames of the limit.
            if error != .incomplete { refuse(connection, "\(error)") }
        }
        return reader.offset
    }

    func inputEnded(with rest: ArraySlice<UInt8>, on connection: StreamConnection) {
        if !rest.isEmpty { refuse(connection, "\(BundleError.incomplete)") }
    }

    private func refuse(_ connection: StreamConnection, _ reason: String) {
        connection.refuse(Self.frame(.invalidArgument, reason))
    }

    private func gather(_ message: BundleMessage, from connection: StreamConnection) {
        if arrivals.isEmpty { loop.run { [self] in submit() } }
        let place = connection.expectAnswer(cost: message.body.count)
        arrivals.append(Arrival(connection: connection, place: place))
        ingest.check(message, from: caller(of: connection), into: &batch)
        if batch.isFull { submit() }
    }

    /// Whose share a bundle counts against: over a Unix socket that of the peer's user, over TCP that
    /// of all who show no credentials, as at the HTTP door. What lets a bundle in is its secret.
    private func caller(of connection: StreamConnection) -> Caller {
        connection.peerUser.map { Caller(identity: "unix:\($0)") } ?? .anonymous
    }

    private func submit() {
        guard !arrivals.isEmpty else { return }
        let arrivals = arrivals
        let batch = batch
        self.arrivals = []
        self.batch = BundleBatch()
        ingest.submit(batch) { [self] outcomes in
            loop.run { self.answer(arrivals, outcomes) }
        }
    }

    /// Messages of one connection stand together, and so its answers go out together.
    private func answer(_ arrivals: [Arrival], _ outcomes: [MessageOutcome]) {
        var last: StreamConnection?
        for (arrival, outcome) in zip(arrivals, outcomes) {
            if let last, last !== arrival.connection { last.flush() }
            last = arrival.connection
            metrics.count(outcome)
            let isAccepted = outcome.code == .ok && outcome.reason.isEmpty
            arrival.connection.answer(
                isAccepted ? Self.accepted : Self.frame(outcome.code, outcome.reason),
                at: arrival.place)
        }
        last?.flush()
    }

    private static func frame(_ code: StatusCode, _ text: String) -> [UInt8] {
        var payload: [UInt8] = []
        payload.appendVarint(UInt64(code.rawValue))
        payload += text.utf8
        var frame: [UInt8] = []
        RecordIO.append(payload, to: &frame)
        return frame
    }
}
