import LogDogModel

/// A door that hostile bytes come in by.
enum FuzzTarget: String, CaseIterable {
    /// Butlers' bundles: frames, bodies, entries.
    case bundle
    case descriptor
    /// A segment file in a journal, read and recovered.
    case segment
    /// The footer of a segment.
    case footer
    /// The index of an archived stream, and an archive read by it.
    case archive
    /// The glob of a query, and a name.
    case glob
    /// A pRPC call, head and body, in three encodings.
    case call
    /// What a client sends on a connection.
    case http
    /// A chunked body.
    case chunked
    /// The files of a configuration directory.
    case configuration
    /// Text that ends up in a terminal.
    case render

    /// Must come back, whatever the bytes are.
    func take(_ bytes: [UInt8]) {
        switch self {
        case .bundle: FuzzBundle.take(bytes)
        case .descriptor: Self.expectSame(bytes)
        case .segment: FuzzJournal.takeSegment(bytes)
        case .footer: FuzzJournal.takeFooter(bytes)
        case .archive: FuzzArchive.take(bytes)
        case .glob: FuzzGlob.take(bytes)
        case .call: FuzzCall.take(bytes)
        case .http: FuzzHTTP.takeRequest(bytes)
        case .chunked: FuzzHTTP.takeChunks(bytes)
        case .configuration: FuzzConfiguration.take(bytes)
        case .render: FuzzRender.take(bytes)
        }
    }

    /// A descriptor that is taken is taken again as it is, with the same path.
    private static func expectSame(_ bytes: [UInt8]) {
        do throws(DescriptorError) {
            let first = try StreamDescriptor(serialized: bytes)
            let second = try StreamDescriptor(serialized: first.bytes)
            precondition(first.path == second.path && first == second, "taken is taken")
        } catch { return }
    }
}
