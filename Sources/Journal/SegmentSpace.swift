import Platform

/// Zero-fills files ahead of the writer, so that a commit's sync moves no metadata and a full disk
/// is met before anything is decided.
///
/// First the open segment to its full size, then a spare file for the next one.
final class SegmentSpace: Sendable {
    private struct State {
        /// The writer's handle of the open segment.
        var current: any File
        /// Another handle of the same file, for zeros: an error that the system found while it
        /// wrote the file is told once a handle, and the writer must hear of it.
        var fillHandle: (any File)?
        /// Up to where `current` is zero-filled or written.
        var filled: Int
        /// Where the next block goes.
        var position: Int
        /// Up to where `current` is to be filled: room for blocks and for the footer that they need.
        var fileSize: Int
        var spare: (any File)?
        var spareFilled = 0
        /// Why the last slice could not be filled.
        var failure: FileError?
    }

    private let directory: JournalDirectory
    private let options: JournalOptions
    private let state: Lock<State>
    /// Held while a slice is written, so that a file does not change its role meanwhile.
    private let filling = Lock(())
    private let zeros: [UInt8]

    init(
        _ directory: JournalDirectory, options: JournalOptions, current: any File, filled: Int,
        position: Int
    ) {
        self.directory = directory
        self.options = options
        state = Lock(
            State(
                current: current, filled: filled, position: position, fileSize: options.fileSize))
        zeros = [UInt8](repeating: 0, count: options.fillSlice)
    }

    /// The largest commit three times, since two may be on their way while the next is decided,
    /// and the marks that may come before them; at most a whole segment.
    private var wanted: Int {
        min(
            3 * (options.largestCommitSpace + 2 * BlockHeader.length),
            options.segmentSize - SegmentHeader.length)
    }

    var room: SinkRoom {
        state.withLock { state in
            if let failure = state.failure {
                return failure.isOutOfSpace ? .full(failure) : .failed(failure)
            }
            return isReady(state) ? .ready : .filling
        }
    }

    /// Whether the open segment or the spare file is not filled yet.
    var wantsFilling: Bool {
        state.withLock { state in
            state.filled < state.fileSize || state.spare == nil
                || state.spareFilled < options.fileSize
        }
    }

    private func isReady(_ state: State) -> Bool {
        if state.position + wanted <= options.segmentSize {
            return state.filled - state.position >= wanted
        }
        // The next commit may fit the rest of this segment or begin the next: both must be there.
        return state.filled >= state.fileSize
            && state.spareFilled >= wanted + SegmentHeader.length
    }

    /// Makes sure that nothing is zero-filled below `end`, where the writer is about to write. It
    /// waits only when it has overtaken the filling.
    func reserve(to end: Int) {
        guard state.withLock({ $0.filled < end }) else { return }
        filling.withLock { _ in state.withLock { $0.filled = max($0.filled, end) } }
    }

    /// Tells where the writer is now, and how long the footer of what it wrote can be.
    func moved(to position: Int, footer: Int) {
        state.withLock { state in
            state.position = position
            // A quarter more, for what is on its way; in whole slices, since a file that grows with
            // every commit has every sync move metadata.
            let size = options.segmentSize + footer + footer / 4
            let slices = (size + options.fillSlice - 1) / options.fillSlice
            state.fileSize = max(options.fileSize, slices * options.fillSlice)
        }
    }

    /// Fills one slice; true if more is wanted.
    ///
    /// - Throws: `full`, and then it may be tried again; `file` for any other error, for good: no
    ///   sync is ever tried again.
    func fillSlice() throws(JournalError) -> Bool {
        try filling.withLock { _ throws(JournalError) -> Bool in
            if case .failed(let error) = room { throw .file(error) }
            do throws(FileError) {
                let more = try fill()
                state.withLock { $0.failure = nil }
                return more
            } catch {
                state.withLock { $0.failure = error }
                throw error.isOutOfSpace ? .full(error) : .file(error)
            }
        }
    }

    private func fill() throws(FileError) -> Bool {
        let (filled, fileSize) = state.withLock { ($0.filled, $0.fileSize) }
        if filled < fileSize {
            let end = try fill(try fillHandle(), from: filled, to: fileSize)
            state.withLock { $0.filled = end }
            return true
        }
        if state.withLock({ $0.spare == nil }) {
            // One that an earlier process left holds nothing but zeros, a header aside.
            let left = try directory.files.status(directory.sparePath)
            let file = try directory.files.open(
                directory.sparePath, left == nil ? .create : .update)
            state.withLock {
                $0.spare = file
                $0.spareFilled = min(left?.size ?? 0, options.fileSize)
            }
        }
        let (spare, spareFilled) = state.withLock { ($0.spare, $0.spareFilled) }
        guard let spare, spareFilled < options.fileSize else { return false }
        let end = try fill(spare, from: spareFilled, to: options.fileSize)
        state.withLock { $0.spareFilled = end }
        return end < options.fileSize
    }

    private func fillHandle() throws(FileError) -> any File {
        let (known, path) = state.withLock { ($0.fillHandle, $0.current.path) }
        if let known { return known }
        let handle = try directory.files.open(path, .update)
        state.withLock { $0.fillHandle = handle }
        return handle
    }

    private func fill(
        _ file: any File, from start: Int, to fileSize: Int
    ) throws(FileError) -> Int {
        let end = min(start + options.fillSlice, fileSize)
        let slice = zeros[..<(end - start)]
        let failure = slice.withUnsafeBytes { bytes -> FileError? in
            do throws(FileError) {
                try file.write(bytes, at: start)
                try file.sync()
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
        return end
    }

    /// Makes the file that `prepare` turns the spare one into the current one, after running `seal`
    /// on the one before while nothing fills it.
    func rotate(
        prepare: (any File) throws(JournalError) -> any File,
        seal: () throws(JournalError) -> Void
    ) throws(JournalError) -> any File {
        let least = wanted + SegmentHeader.length
        while state.withLock({ $0.spare == nil || $0.spareFilled < least }) {
            _ = try fillSlice()
        }
        return try filling.withLock { _ throws(JournalError) -> any File in
            guard let spare = state.withLock({ $0.spare }) else {
                preconditionFailure("only a rotation takes the spare file away")
            }
            // In this order, so that no crash leaves a sealed segment without a successor: one that
            // is found so has lost it.
            let next = try prepare(spare)
            try seal()
            state.withLock { state in
                state.current.close()
                state.fillHandle?.close()
                state.fillHandle = nil
                state.current = next
                state.filled = state.spareFilled
                state.fileSize = options.fileSize
                state.position = SegmentHeader.length
                state.spare = nil
                state.spareFilled = 0
            }
            return next
        }
    }

    func close() {
        state.withLock { state in
            state.current.close()
            state.fillHandle?.close()
            state.spare?.close()
        }
    }
}
