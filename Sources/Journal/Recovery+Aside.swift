import Platform

// What is put out of the way, and what takes its place.
extension Recovery {
    /// Keeps bytes in a new file and returns its name. A crash during recovery may have left one.
    func keepAside(_ bytes: [UInt8], as stem: String) throws(JournalError) -> String {
        try onDisk { () throws(FileError) in
            if try directory.files.status(directory.asidePath) == nil {
                try directory.files.createDirectory(directory.asidePath)
            }
            try directory.files.syncDirectory(directory.path)
            let taken = Set(try directory.files.list(directory.asidePath))
            var name = "\(stem).cut"
            var number = 2
            while taken.contains(name) {
                name = "\(stem)-\(number).cut"
                number += 1
            }
            let copy = try directory.files.open("\(directory.asidePath)/\(name)", .create)
            defer { copy.close() }
            try copy.write(bytes, at: 0)
            try copy.sync()
            try directory.files.syncDirectory(directory.asidePath)
            return name
        }
    }

    /// Writes a segment whose header is damaged anew, with all that is whole in it; false if its
    /// bytes are not those of this segment.
    mutating func mendHeader(
        of segment: RecordNumber, successor: RecordNumber?
    ) throws(JournalError) -> Bool {
        let mender = SegmentMender(directory, runOf: runOf)
        let place = SegmentMender.Place(
            segment: segment, before: lastRecord, chainBefore: chainBefore,
            successorNumber: successor)
        guard let (mending, behind) = try mender.mendHeader(at: place) else { return false }
        let none = [behind.before.next...behind.before.next]
        for records in mending.lost.isEmpty ? none : mending.lost {
            let damage = Damage(
                segment: segment, offset: 0, cause: .segmentHeader,
                record: mending.lost.isEmpty ? nil : records.lowerBound)
            report.losses.append(
                RecoveryReport.Loss(
                    damage: damage, first: records.lowerBound,
                    last: mending.lost.isEmpty ? behind.before : records.upperBound))
        }
        report.cuts += mending.cuts
        lastRecord = max(lastRecord, behind.before)
        chainBefore = behind.chainBefore
        return true
    }

    /// A segment that holds another one's bytes, or nothing that can be read, is moved out of the
    /// way and its records are lost. Numbers that are known to have been given out are not given out
    /// again; of the last segment nobody knows how many there were, and the report says so.
    mutating func setAside(
        _ segment: RecordNumber, _ file: SegmentFile, _ damage: Damage, successor: RecordNumber?
    ) throws(JournalError) {
        let loss = try file.wholeLoss(damage, successor: successor)
        try onDisk { () throws(FileError) in
            if try directory.files.status(directory.asidePath) == nil {
                try directory.files.createDirectory(directory.asidePath)
            }
            try directory.files.rename(
                directory.segmentPath(segment), to: "\(directory.asidePath)/\(segment).seg")
            try directory.files.syncDirectory(directory.asidePath)
            try directory.files.syncDirectory(directory.path)
        }
        report.losses.append(loss)
        lastRecord = max(lastRecord, loss.records?.upperBound ?? .none)
        guard successor == nil else { return }
        // No neighbour tells how far its numbers went.
        let hasRoomForMark = file.size >= SegmentHeader.length + BlockHeader.length
        noteShortening(file, hasRoomForMark ? .unreadable : .cutShort)
    }
}
