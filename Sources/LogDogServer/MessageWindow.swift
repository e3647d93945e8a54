import ButlerProtocol
import ByteCoding

/// As many whole messages from the front of a buffer as may be in memory at once: a small one may
/// inflate to the thousandfold.
struct MessageWindow {
    private static let messageLimit = 64
    private static let inflatedLimit = 32 << 20

    private(set) var messages: [BundleMessage] = []
    /// What is wrong with the message behind them; behind a broken one nothing is found.
    private(set) var broken: BundleError?

    /// Takes messages until the window is full or there is no further whole one.
    init(from reader: inout ByteReader, _ inflater: Inflater) {
        var inflated = 0
        do throws(BundleError) {
            while messages.count < Self.messageLimit, inflated < Self.inflatedLimit,
                let message = try BundleMessage.next(from: &reader, inflater)
            {
                messages.append(message)
                inflated += message.body.count
            }
        } catch {
            broken = error
        }
    }
}
