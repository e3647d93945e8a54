import Platform

/// A place for archives: objects that are written once and read by ranges.
///
/// All calls block the calling thread: they are for threads of our own.
package protocol ObjectStore: Sendable {
    /// For people.
    var location: String { get }
    /// What is told to clients and kept in the journal.
    func url(of name: ObjectName) -> String
    /// The object of a URL; nil if the URL belongs to another store.
    func name(of url: String) -> ObjectName?
    /// In bytes; nil if there is no such object.
    func size(of name: ObjectName) throws(ObjectError) -> UInt64?
    /// The bytes of a range; fewer only at the end of the object.
    ///
    /// - Throws: `absent` if there is no such object.
    func read(_ range: Range<UInt64>, of name: ObjectName) throws(ObjectError) -> [UInt8]
    /// Begins a group of objects that become durable together.
    func beginGroup() throws(ObjectError) -> any ObjectGroup
    /// Puts an object in place of a damaged one of the same name; durable on return.
    func replace(_ name: ObjectName, with upload: any ObjectUpload) throws(ObjectError)
    /// Harmless if there is no such object.
    func remove(_ name: ObjectName) throws(ObjectError)
    /// A link by which anybody can fetch the object until it expires; nil if the store has no
    /// door of its own.
    func presignedURL(of name: ObjectName, lifetime: Duration, at now: Timestamp) -> String?
}

/// A store that can tell what is in it.
package protocol ListedStore: ObjectStore {
    /// The objects whose names are `folder` and one segment more, in the order of their names.
    /// Costs a request for each thousand.
    ///
    /// - Throws: `refused` if there are more than `ListedObject.limit`.
    func objects(in folder: ObjectName) throws(ObjectError) -> [ListedObject]
}

/// An object as a list tells of it.
package struct ListedObject: Hashable, Sendable {
    /// The most that a list has.
    package static let limit = 1 << 20

    package let name: ObjectName
    /// In bytes.
    package let size: UInt64

    /// Any name and size will do.
    package init(name: ObjectName, size: UInt64) {
        self.name = name
        self.size = size
    }
}

/// Objects on their way into a store. For one thread at a time.
package protocol ObjectGroup: AnyObject {
    /// Begins an object that shall have that name.
    func begin(_ name: ObjectName) throws(ObjectError) -> any ObjectUpload
    /// Gives an object its name; whether name and bytes outlive a power cut is settled by `settle`:
    /// until then an object of that name may turn out to be empty, or half of what was written.
    ///
    /// - Throws: `taken` if something of that name is there; nothing has changed then.
    func publish(_ upload: any ObjectUpload) throws(ObjectError)
    /// Makes all names and bytes durable: after this the objects stay.
    func settle() throws(ObjectError)
    /// Drops what was not published. Harmless when repeated.
    func end()
}

/// An object that is being written.
package protocol ObjectUpload: AnyObject {
    var name: ObjectName { get }
    func append(_ bytes: [UInt8]) throws(ObjectError)
    /// No bytes come any more.
    func finish() throws(ObjectError)
}
