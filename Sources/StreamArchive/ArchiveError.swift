/// Why an archive cannot be read, or why bytes cannot go into one.
package enum ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The object is not in the store.
    case missing(object: String)
    /// The bytes of an object, from `offset` on, are not what an archive holds there.
    case damaged(object: String, offset: UInt64, reason: String)
    /// The store did not answer; nothing is known to be wrong with the archive.
    case store(ObjectError)
    /// The bytes that were to be archived are no entries in order.
    case badInput(String)

    package var description: String {
        switch self {
        case .missing(let object): "\(object) is missing"
        case .damaged(let object, let offset, let reason):
            "\(object) is damaged at byte \(offset): \(reason)"
        case .store(let error): "\(error)"
        case .badInput(let reason): reason
        }
    }
}

/// Why a store did not do what it was asked for.
package enum ObjectError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no object of that name.
    case absent(String)
    /// There is an object of that name already.
    case taken(String)
    /// It may work later: the store is down, slow, full or in error.
    case unavailable(String, reason: String)
    /// It will not work until somebody changes something: rights, names, settings.
    case refused(String, reason: String)

    package var description: String {
        switch self {
        case .absent(let object): "\(object) is not there"
        case .taken(let object): "\(object) is there already"
        case .unavailable(let object, let reason), .refused(let object, let reason):
            "\(object): \(reason)"
        }
    }
}
