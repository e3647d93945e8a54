import ButlerProtocol
import ByteCoding
import LogDogModel
import LogDogProtos
import SwiftProtobuf

enum FuzzBundle {
    static func take(_ bytes: [UInt8]) {
        takeEntries(bytes)
        let inflater = Inflater()
        var reader = ByteReader(bytes[...])
        do throws(BundleError) {
            while let message = try BundleMessage.next(from: &reader, inflater) {
                precondition(message.body.count < BundleMessage.limit, "a body has a limit")
                takeBody(message.body)
            }
        } catch { return }
    }

    private static func takeBody(_ body: ArraySlice<UInt8>) {
        guard
            let bundle = try? Logpb_ButlerLogBundle(serializedBytes: Array(body))
        else { return }
        for entry in bundle.entries.prefix(8) {
            do throws(DescriptorError) {
                let bytes: [UInt8] = (try? entry.desc.serializedBytes()) ?? []
                _ = try StreamDescriptor(serialized: bytes[...], inBundleOf: bundle.prefix)
            } catch { continue }
        }
    }

    /// What the scanner takes a protobuf decoder takes too, with the same numbers.
    private static func takeEntries(_ bytes: [UInt8]) {
        for type in [StreamType.text, .binary, .datagram] {
            do throws(EntryError) {
                let head = try EntryHead(scanning: bytes[...], validFor: type)
                guard let entry = try? Logpb_LogEntry(serializedBytes: bytes) else {
                    preconditionFailure("what is stored can be decoded")
                }
                precondition(
                    entry.streamIndex == head.streamIndex && entry.sequence == head.sequence,
                    "scanner and decoder read the same")
            } catch { continue }
        }
    }
}
