import Testing

@testable import ReadModels

/// The fields of a `GetRequest` (`spec/rpc.md` §3.3).
struct ReadLimitsTests {
    @Test(arguments: [(-5, 0), (-1, 0), (0, nil), (1, 1), (500, 500)] as [(Int, Int?)])
    func `a negative count means no entries and zero means no limit`(
        _ logCount: Int, _ expected: Int?
    ) {
        #expect(ReadLimits(logCount: logCount).count == expected)
    }

    @Test(arguments: [
        (-1, 16_777_216), (0, 16_777_216), (1, 1), (16_777_216, 16_777_216),
        (16_777_217, 16_777_216),
    ])
    func `a byte budget outside of its range means the largest one`(
        _ byteCount: Int, _ expected: Int
    ) {
        #expect(ReadLimits(byteCount: byteCount).bytes == expected)
    }
}
