import Platform
import StreamArchive

/// A store on each call of whose door something happens, before or after it is done.
package final class WatchedStore: ListedStore {
    /// Told the number of the call, from 0; what it throws is what the caller sees.
    package typealias Watcher = @Sendable (Int) throws(ObjectError) -> Void

    private let store: any ListedStore
    private let before: Watcher
    private let after: Watcher
    private let calls = Lock(0)

    package init(
        _ store: any ListedStore, before: @escaping Watcher = { _ in },
        after: @escaping Watcher = { _ in }
    ) {
        self.store = store
        self.before = before
        self.after = after
    }

    package var callCount: Int { calls.withLock { $0 } }

    fileprivate func watch<Result>(
        _ call: () throws(ObjectError) -> Result
    ) throws(ObjectError) -> Result {
        let number = calls.withLock { count in
            defer { count += 1 }
            return count
        }
        try before(number)
        let result = try call()
        try after(number)
        return result
    }

    package var location: String { store.location }
    package func url(of name: ObjectName) -> String { store.url(of: name) }
    package func name(of url: String) -> ObjectName? { store.name(of: url) }
    package func presignedURL(
        of name: ObjectName, lifetime: Duration, at now: Timestamp
    ) -> String? { nil }

    package func size(of name: ObjectName) throws(ObjectError) -> UInt64? {
        try watch { () throws(ObjectError) in try store.size(of: name) }
    }
    package func read(_ range: Range<UInt64>, of name: ObjectName) throws(ObjectError) -> [UInt8] {
        try watch { () throws(ObjectError) in try store.read(range, of: name) }
    }
    package func objects(in folder: ObjectName) throws(ObjectError) -> [ListedObject] {
        try watch { () throws(ObjectError) in try store.objects(in: folder) }
    }
    package func beginGroup() throws(ObjectError) -> any ObjectGroup {
        try watch { () throws(ObjectError) in WatchedGroup(try store.beginGroup(), self) }
    }
    package func replace(_ name: ObjectName, with upload: any ObjectUpload) throws(ObjectError) {
        try watch { () throws(ObjectError) in
            try store.replace(name, with: WatchedUpload.inner(of: upload))
        }
    }
    package func remove(_ name: ObjectName) throws(ObjectError) {
        try watch { () throws(ObjectError) in try store.remove(name) }
    }
}

private final class WatchedGroup: ObjectGroup {
    private let group: any ObjectGroup
    private let store: WatchedStore

    init(_ group: any ObjectGroup, _ store: WatchedStore) {
        self.group = group
        self.store = store
    }

    func begin(_ name: ObjectName) throws(ObjectError) -> any ObjectUpload {
        try store.watch { () throws(ObjectError) in WatchedUpload(try group.begin(name), store) }
    }
    func publish(_ upload: any ObjectUpload) throws(ObjectError) {
        try store.watch { () throws(ObjectError) in
            try group.publish(WatchedUpload.inner(of: upload))
        }
    }
    func settle() throws(ObjectError) {
        try store.watch { () throws(ObjectError) in try group.settle() }
    }
    func end() { group.end() }
}

private final class WatchedUpload: ObjectUpload {
    private let upload: any ObjectUpload
    private let store: WatchedStore

    init(_ upload: any ObjectUpload, _ store: WatchedStore) {
        self.upload = upload
        self.store = store
    }

    static func inner(of upload: any ObjectUpload) -> any ObjectUpload {
        (upload as? WatchedUpload)?.upload ?? upload
    }

    var name: ObjectName { upload.name }
    func append(_ bytes: [UInt8]) throws(ObjectError) {
        try store.watch { () throws(ObjectError) in try upload.append(bytes) }
    }
    func finish() throws(ObjectError) {
        try store.watch { () throws(ObjectError) in try upload.finish() }
    }
}
