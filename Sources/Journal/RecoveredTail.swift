import Platform

/// What recovery has read of the open segment, at hand for those who bring their state up from it:
/// without it each of them would read and check the file again. Gone from the first write on.
final class RecoveredTail: Sendable {
    struct Content: Sendable {
        let walk: SegmentWalk
        let table: RunTable
    }

    private let content: Lock<Content?>

    init(_ content: Content?) { self.content = Lock(content) }

    /// Nil if it is another segment, or no longer what is on disk.
    func content(of segment: RecordNumber) -> Content? {
        content.withLock { content in
            content?.walk.image.header.firstRecord == segment ? content : nil
        }
    }

    func forget() { content.withLock { $0 = nil } }
}
