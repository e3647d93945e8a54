import AccessControl
import Platform
import RPCStatus

/// How many clients follow logs just now, and how many may.
final class FollowerPlaces: Sendable {
    private let limit: Int
    private let taken = Lock(0)

    init(limit: Int) { self.limit = limit }

    /// A place among the followers; it is free again when it goes.
    final class Place: Sendable {
        private let places: FollowerPlaces

        fileprivate init(in places: FollowerPlaces) { self.places = places }

        deinit { places.taken.withLock { $0 -= 1 } }
    }

    func take() throws(RPCError) -> Place {
        let isFree = taken.withLock { taken in
            guard taken < limit else { return false }
            taken += 1
            return true
        }
        guard isFree else {
            throw RPCError(
                .resourceExhausted, "\(limit) clients follow logs already; try again later")
        }
        return Place(in: self)
    }
}

/// What a client holds while it follows a log: a place of the server's and one of its own share.
final class FollowPermit: Sendable {
    private let place: FollowerPlaces.Place
    private let tail: TailPlace

    init(_ place: FollowerPlaces.Place, _ tail: TailPlace) {
        self.place = place
        self.tail = tail
    }
}
