import ByteCoding

/// A `ButlerLogBundle`, found in its wire bytes without building it: all parts are slices.
package struct LogBundle: Sendable {
    package private(set) var project = ""
    package private(set) var prefix = ""
    package private(set) var secret: ArraySlice<UInt8> = []
    package private(set) var entries: [BundleEntry] = []
    /// Where the last of them lies in the body.
    package private(set) var lastPart = 0..<0

    package init(scanning body: ArraySlice<UInt8>) throws(BundleError) {
        do throws(ByteError) {
            var scanner = WireScanner(body)
            while let field = try scanner.next() {
                switch (field.number, field.value) {
                case (3, .bytes(let bytes)):
                    entries.append(try BundleEntry(scanning: bytes))
                    lastPart =
                        bytes.startIndex - body.startIndex..<bytes.endIndex - body.startIndex
                case (4, .bytes(let bytes)): project = String(decoding: bytes, as: UTF8.self)
                case (5, .bytes(let bytes)): prefix = String(decoding: bytes, as: UTF8.self)
                case (6, .bytes(let bytes)): secret = bytes
                case (1, .bytes), (2, .bytes): break
                case (1...6, _): throw .badWireType(offset: 0)
                default: break
                }
            }
        } catch {
            throw .undecodable
        }
    }
}

/// A part of a bundle: what it brings of one stream.
package struct BundleEntry: Sendable {
    /// Serialized; nil if it is not there.
    package private(set) var descriptor: ArraySlice<UInt8>?
    /// Whether `terminalIndex` counts.
    package private(set) var terminal = false
    package private(set) var terminalIndex: UInt64 = 0
    /// Serialized entries, as they came.
    package private(set) var logs: [ArraySlice<UInt8>] = []

    init(scanning bytes: ArraySlice<UInt8>) throws(ByteError) {
        var scanner = WireScanner(bytes)
        while let field = try scanner.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let bytes)): descriptor = bytes
            case (3, .varint(let value)): terminal = value != 0
            case (4, .varint(let value)): terminalIndex = value
            case (5, .bytes(let bytes)): logs.append(bytes)
            case (2, .bytes): break
            case (1...5, _): throw .badWireType(offset: 0)
            default: break
            }
        }
    }
}
