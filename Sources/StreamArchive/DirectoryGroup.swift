import Foundation
import Platform

/// Objects on their way into a directory.
final class DirectoryGroup: ObjectGroup {
    private let store: DirectoryStore
    private let directory: String
    private let lock: any FileLock
    private var uploads: [DirectoryUpload] = []
    private var hasEnded = false

    init(_ store: DirectoryStore) throws(ObjectError) {
        self.store = store
        do throws(FileError) {
            (directory, lock) = try store.stage()
        } catch {
            throw .unavailable(store.root, reason: "\(error)")
        }
    }

    deinit { end() }

    func begin(_ name: ObjectName) throws(ObjectError) -> any ObjectUpload {
        let upload = try DirectoryUpload(name, at: "\(directory)/\(uploads.count)", store)
        uploads.append(upload)
        return upload
    }

    func publish(_ upload: any ObjectUpload) throws(ObjectError) {
        guard let upload = upload as? DirectoryUpload else {
            preconditionFailure("an upload goes back to the group that began it")
        }
        let path = store.path(of: upload.name)
        do throws(FileError) {
            try store.createDirectories(above: path)
            try store.files.link(upload.path, as: path)
        } catch {
            throw store.failure(error, upload.name)
        }
    }

    func settle() throws(ObjectError) {
        do throws(FileError) {
            try store.files.syncAll(holding: store.root)
        } catch {
            throw .unavailable(store.root, reason: "\(error)")
        }
    }

    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        // What stays behind because of an error is removed when the store is opened again.
        do throws(FileError) {
            for upload in uploads {
                upload.close()
                if try store.files.status(upload.path) != nil {
                    try store.files.remove(upload.path)
                }
            }
            try store.files.remove(directory)
            lock.release()
            try store.files.remove("\(directory).lock")
        } catch {
            lock.release()
        }
    }
}

/// An object that is being written into a directory.
final class DirectoryUpload: ObjectUpload {
    let name: ObjectName
    let path: String
    private let store: DirectoryStore
    private let file: any File
    private var size = 0

    init(_ name: ObjectName, at path: String, _ store: DirectoryStore) throws(ObjectError) {
        self.name = name
        self.path = path
        self.store = store
        do throws(FileError) {
            file = try store.files.open(path, .create)
        } catch {
            throw store.failure(error, name)
        }
    }

    func append(_ bytes: [UInt8]) throws(ObjectError) {
        do throws(FileError) {
            try file.write(bytes, at: size)
            size += bytes.count
        } catch {
            throw store.failure(error, name)
        }
    }

    func finish() throws(ObjectError) { close() }

    func close() { file.close() }
}
