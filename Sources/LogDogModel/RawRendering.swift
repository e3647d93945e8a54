import ByteCoding

/// The content of log entries as raw bytes (`spec/formats.md §7`): value and delimiter of text
/// lines, the bytes of binary and datagram content.
package enum RawRendering {
    /// Appends the content of a serialized `LogEntry`. One pass, nothing is built.
    ///
    /// - Throws: if the entry does not decode; `output` may hold part of it then.
    package static func append(
        _ entry: ArraySlice<UInt8>, to output: inout [UInt8]
    ) throws(EntryError) {
        do throws(ByteError) {
            var scanner = WireScanner(entry)
            while let field = try scanner.next() {
                switch (field.number, field.value) {
                case (10, .bytes(let text)): try appendText(text, to: &output)
                case (11, .bytes(let binary)): try appendField(2, of: binary, to: &output)
                case (12, .bytes(let datagram)): try appendField(1, of: datagram, to: &output)
                default: break
                }
            }
        } catch {
            throw .undecodable
        }
    }

    private static func appendText(
        _ text: ArraySlice<UInt8>, to output: inout [UInt8]
    ) throws(ByteError) {
        var scanner = WireScanner(text)
        while let field = try scanner.next() {
            guard field.number == 1, case .bytes(let line) = field.value else { continue }
            try appendField(1, of: line, to: &output)
            try appendField(2, of: line, to: &output)
        }
    }

    private static func appendField(
        _ number: UInt64, of message: ArraySlice<UInt8>, to output: inout [UInt8]
    ) throws(ByteError) {
        var scanner = WireScanner(message)
        while let field = try scanner.next() {
            if field.number == number, case .bytes(let bytes) = field.value { output += bytes }
        }
    }
}
