import Testing

@testable import ReadModels

struct ByteCacheTests {
    @Test func `a cache never holds more bytes than it may`() {
        let cache = ByteCache<Int, String>(capacity: 100)
        for number in 0..<50 { cache.insert("\(number)", for: number, cost: 30) }
        #expect(cache.bytes == 90)
        #expect(cache.value(for: 0) == nil)
        #expect(cache.value(for: 49) == "49")
    }

    @Test func `what is used stays longer than what is not`() {
        let cache = ByteCache<Int, String>(capacity: 90)
        for number in 0..<3 { cache.insert("\(number)", for: number, cost: 30) }
        #expect(cache.value(for: 0) == "0")
        cache.insert("3", for: 3, cost: 30)
        #expect(cache.value(for: 0) == "0")
        #expect(cache.value(for: 1) == nil)
    }

    @Test func `a value larger than the cache is not kept`() {
        let cache = ByteCache<Int, String>(capacity: 10)
        cache.insert("large", for: 1, cost: 11)
        #expect(cache.value(for: 1) == nil)
        #expect(cache.bytes == 0)
    }

    @Test func `a key that is there already costs nothing more`() {
        let cache = ByteCache<Int, String>(capacity: 100)
        cache.insert("first", for: 1, cost: 40)
        cache.insert("second", for: 1, cost: 40)
        #expect(cache.bytes == 40)
        #expect(cache.value(for: 1) == "first")
    }
}
