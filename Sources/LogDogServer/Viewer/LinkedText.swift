/// Text of a log as markup: escaped, with what looks like a web address made a link
/// (`spec/http.md §2.3`).
///
/// An address is `http://` or `https://` at the beginning of a word, a host of two or more parts,
/// perhaps a dot, a port and a path, and ends at the end of a word. Cost: linear in the text.
enum LinkedText {
    static func markup(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var markup = ""
        var plain = 0
        var position = 0
        while position < bytes.count {
            guard
                bytes[position] == UInt8(ascii: "h"), isBoundary(bytes, position),
                let end = endOfURL(bytes, from: position)
            else {
                position += 1
                continue
            }
            let url = String(decoding: bytes[position..<end], as: UTF8.self)
            markup += String(decoding: bytes[plain..<position], as: UTF8.self).htmlEscaped
            markup += "<a href=\"\(attribute(url))\">\(url.htmlEscaped)</a>"
            plain = end
            position = end
        }
        return markup + String(decoding: bytes[plain...], as: UTF8.self).htmlEscaped
    }

    /// Whether all of `text` is an address that may stand in a link.
    static func isURL(_ text: String) -> Bool {
        text.hasPrefix("http://") || text.hasPrefix("https://")
    }

    /// An address as the value of an `href`: what may not stand in one is percent-encoded.
    static func attribute(_ url: String) -> String {
        let kept = Set("!#$&*+,/:;=?@[]-._~%".utf8)
        var encoded = ""
        for byte in url.utf8 {
            if kept.contains(byte) || isWord(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let hex = String(byte, radix: 16)
                encoded += hex.count == 1 ? "%0" + hex : "%" + hex
            }
        }
        return encoded.htmlEscaped
    }

    // MARK: finding

    private static func endOfURL(_ bytes: [UInt8], from start: Int) -> Int? {
        let schemes = ["https://", "http://"].map { Array($0.utf8) }
        guard let scheme = schemes.first(where: { bytes[start...].starts(with: $0) }) else {
            return nil
        }
        let host = start + scheme.count
        guard let (secondPart, longest) = extentOfHost(bytes, from: host) else { return nil }
        // A shorter host is tried only when what follows a longer one does not end a word.
        for end in stride(from: longest, to: secondPart, by: -1) where isHost(bytes[end - 1]) {
            if let whole = endBehindHost(bytes, end) { return whole }
        }
        return nil
    }

    /// Where the second of the parts between single dots begins, and where the last may end.
    private static func extentOfHost(
        _ bytes: [UInt8], from host: Int
    ) -> (secondPart: Int, longest: Int)? {
        var secondPart: Int?
        var end = host
        while end < bytes.count {
            if bytes[end] == UInt8(ascii: ".") {
                // A dot stands between two parts.
                guard end > host, end + 1 < bytes.count, isHost(bytes[end + 1]) else { break }
                if secondPart == nil { secondPart = end + 1 }
            } else if !isHost(bytes[end]) {
                break
            }
            end += 1
        }
        return secondPart.map { ($0, end) }
    }

    /// The end of dot, port and path behind a host, as much of them as ends a word.
    private static func endBehindHost(_ bytes: [UInt8], _ host: Int) -> Int? {
        let hasDot = host < bytes.count && bytes[host] == UInt8(ascii: ".")
        for start in hasDot ? [host + 1, host] : [host] {
            var port = start
            if port < bytes.count, bytes[port] == UInt8(ascii: ":") {
                port += 1
                while port < bytes.count, isDigit(bytes[port]) { port += 1 }
                if port > start + 1, let end = endOfPath(bytes, port) { return end }
            }
            if let end = endOfPath(bytes, start) { return end }
        }
        return nil
    }

    private static func endOfPath(_ bytes: [UInt8], _ start: Int) -> Int? {
        if start < bytes.count, bytes[start] == UInt8(ascii: "/") {
            var end = start + 1
            while end < bytes.count, !isSpace(bytes[end]) { end += 1 }
            while end > start, !isBoundary(bytes, end) { end -= 1 }
            if end > start { return end }
        }
        return isBoundary(bytes, start) ? start : nil
    }

    private static func isBoundary(_ bytes: [UInt8], _ position: Int) -> Bool {
        let before = position > 0 && isWord(bytes[position - 1])
        let behind = position < bytes.count && isWord(bytes[position])
        return before != behind
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Letters, digits and underscore of ASCII.
    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "_")
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isHost(_ byte: UInt8) -> Bool {
        isWord(byte) || byte == UInt8(ascii: "-")
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        [0x09, 0x0a, 0x0c, 0x0d, 0x20].contains(byte)
    }
}
