import LogDogModel

/// Where the next page of a query begins: strictly after one stream hash.
///
/// Opaque to clients. Its text is a `1`, the version, and 64 hex digits.
package struct QueryToken: Hashable, Sendable {
    package let last: HashID

    package init(after last: HashID) { self.last = last }

    /// Nil if `text` is not a token that this program gave out.
    package init?(text: String) {
        guard text.utf8.count == 65, text.first == "1",
            let last = HashID(hex: String(text.dropFirst()))
        else { return nil }
        self.last = last
    }

    package var text: String { "1" + last.hex }
}
