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
        let start = output.count
        var kind: UInt64 = 0
        do throws(ByteError) {
            var scanner = WireScanner(entry)
            while let field = try scanner.next() {
                guard (10...12).contains(field.number), case .bytes(let content) = field.value
                else { continue }
                // Content of another kind replaces what came before.
                if kind != field.number { output.removeLast(output.count - start) }
                kind = field.number
                switch kind {
                case 10: try appendText(content, to: &output)
                case 11: output += try bytes(2, of: content)
                default: output += try bytes(1, of: content)
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
            output += try bytes(1, of: line)
            output += try bytes(2, of: line)
        }
    }

    /// A field that may be there once; of several the last counts.
    private static func bytes(
        _ number: UInt64, of message: ArraySlice<UInt8>
    ) throws(ByteError) -> ArraySlice<UInt8> {
        var scanner = WireScanner(message)
        var last: ArraySlice<UInt8> = []
        while let field = try scanner.next() {
            if field.number == number, case .bytes(let bytes) = field.value { last = bytes }
        }
        return last
    }
}
