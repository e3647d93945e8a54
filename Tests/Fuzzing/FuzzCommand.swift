import Foundation

/// Hands bytes to one of the doors that hostile bytes come in by.
///
/// Built by `Scripts/fuzz.sh` with libFuzzer and `-DFUZZING` it looks for bytes that trap; in the
/// package's own build it only tries the files that it is given, so that what was found once stays
/// found.
@main
enum FuzzCommand {
    static func main() {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " | ")
        guard CommandLine.arguments.count > 1,
            let target = FuzzTarget(rawValue: CommandLine.arguments[1])
        else {
            print("usage: logdog-fuzz \(names) FILE-OR-DIRECTORY…")
            exit(1)
        }
        #if FUZZING
            exit(LibFuzzer.run(target))
        #else
            exit(replay(target, CommandLine.arguments.dropFirst(2)))
        #endif
    }

    private static func replay(_ target: FuzzTarget, _ paths: ArraySlice<String>) -> Int32 {
        var count = 0
        for path in paths {
            let inside = FileManager.default.enumerator(atPath: path)?.allObjects ?? []
            let files = [path] + inside.compactMap { $0 as? String }.map { "\(path)/\($0)" }
            for file in files.sorted() {
                // Directories are no input.
                guard let bytes = FileManager.default.contents(atPath: file) else { continue }
                target.take([UInt8](bytes))
                count += 1
            }
        }
        print("\(target.rawValue): \(count) inputs")
        return 0
    }
}

#if FUZZING
    /// The engine that comes with the compiler.
    enum LibFuzzer {
        nonisolated(unsafe) fileprivate static var target = FuzzTarget.bundle

        static func run(_ target: FuzzTarget) -> Int32 {
            Self.target = target
            // Its own arguments begin behind the target's name.
            var arguments = [CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)
            arguments.removeAll { $0.isEmpty }
            var count = Int32(arguments.count)
            var pointers = arguments.map { strdup($0) } + [nil]
            return pointers.withUnsafeMutableBufferPointer { buffer in
                var base = buffer.baseAddress
                return runDriver(&count, &base, takeInput)
            }
        }
    }

    /// Has this name since the library's own main, which comes with it and is not used, wants it.
    @_cdecl("LLVMFuzzerTestOneInput")
    func takeInput(_ start: UnsafePointer<UInt8>?, _ length: Int) -> Int32 {
        LibFuzzer.target.take(Array(UnsafeBufferPointer(start: start, count: length)))
        return 0
    }

    @_silgen_name("LLVMFuzzerRunDriver")
    private func runDriver(
        _ count: UnsafeMutablePointer<Int32>,
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
        _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
    ) -> Int32
#endif
