import Journal
import StreamArchive

/// Where backups lie in a store of objects: each segment once, under a name that says what is in
/// it, and a manifest for each backup.
///
/// A backup counts from the moment on in which its manifest is there, which nobody writes over.
struct BackupPlace {
    private static let segments = name("segments")
    private static let manifests = name("backups")
    /// Bytes that are read at once.
    static let slice = 4 << 20

    let store: any ListedStore

    /// The object of a segment.
    func name(of segment: BackupSegment) -> ObjectName {
        Self.name("\(Self.segments)/\(Self.digits(segment.first.rawValue))-\(segment.sha256).seg")
    }

    /// All segments, whether a manifest names them or not.
    func storedSegments() throws(BackupError) -> [ListedObject] {
        try BackupError.onStore { () throws(ObjectError) in try store.objects(in: Self.segments) }
    }

    /// All backups, in the order in which they were taken.
    func backups() throws(BackupError) -> [BackupManifest] {
        let objects = try BackupError.onStore { () throws(ObjectError) in
            try store.objects(in: Self.manifests)
        }
        var backups: [BackupManifest] = []
        for object in objects {
            // What somebody else put there is left alone.
            guard let segment = object.name.segments.last, segment.hasSuffix(".json"),
                let number = UInt64(segment.dropLast(5)),
                object.name == Self.name(ofBackup: number)
            else { continue }
            let backup = try manifest(object)
            guard backup.number == number else {
                throw .damaged(
                    object: store.url(of: object.name), reason: "it is number \(backup.number)")
            }
            backups.append(backup)
        }
        return backups.sorted { $0.number < $1.number }
    }

    private func manifest(_ object: ListedObject) throws(BackupError) -> BackupManifest {
        let url = store.url(of: object.name)
        guard object.size <= BackupManifest.limit else {
            throw .damaged(object: url, reason: "it is longer than \(BackupManifest.limit) bytes")
        }
        let bytes = try BackupError.onStore { () throws(ObjectError) in
            try store.read(0..<object.size, of: object.name)
        }
        return try BackupManifest(decoding: bytes, object: url)
    }

    /// Makes a backup count.
    ///
    /// - Throws: `overtaken` if another backup has its number.
    func create(_ backup: BackupManifest) throws(BackupError) {
        let bytes = backup.encoded()
        let name = Self.name(ofBackup: backup.number)
        let isNew = try put(name) { (upload) throws(BackupError) in
            try BackupError.onStore { () throws(ObjectError) in try upload.append(bytes) }
        }
        guard !isNew else { return }
        // It may be our own, if the answer to an earlier attempt was lost.
        let found = try BackupError.onStore { () throws(ObjectError) in
            try store.read(0..<UInt64(bytes.count + 1), of: name)
        }
        guard found == bytes else { throw .overtaken(place: store.location) }
    }

    /// Writes an object; false if there is one of that name, which stays.
    ///
    /// - Parameter over: whether it takes the place of what is there.
    func put(
        _ name: ObjectName, over: Bool = false,
        _ content: (any ObjectUpload) throws(BackupError) -> Void
    ) throws(BackupError) -> Bool {
        let group = try BackupError.onStore { () throws(ObjectError) in try store.beginGroup() }
        defer { group.end() }
        let upload = try BackupError.onStore { () throws(ObjectError) in try group.begin(name) }
        try content(upload)
        do throws(ObjectError) {
            try upload.finish()
            if over {
                try store.replace(name, with: upload)
            } else {
                try group.publish(upload)
                try group.settle()
            }
            return true
        } catch {
            if case .taken = error { return false }
            throw .store(error)
        }
    }

    /// Takes away the manifests, then segments.
    func remove(
        _ backups: [BackupManifest], _ segments: [ObjectName]
    ) throws(ObjectError) {
        for backup in backups { try store.remove(Self.name(ofBackup: backup.number)) }
        for segment in segments { try store.remove(segment) }
    }

    private static func name(ofBackup number: UInt64) -> ObjectName {
        name("\(manifests)/\(digits(number)).json")
    }

    /// So many that names are in the order of their numbers.
    private static func digits(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 20 - digits.count) + digits
    }

    private static func name(_ text: String) -> ObjectName {
        guard let name = ObjectName(text) else {
            preconditionFailure("digits, letters and slashes make a name")
        }
        return name
    }
}
