import Foundation
import Platform
import Synchronization
import Testing

@testable import Tumble

/// `Teller` tells everything once and in order, whoever does it.
@Suite struct TellerTests {
    private func makeTeller() -> (teller: Teller<Int>, told: Lock<[Int]>) {
        let told = Lock<[Int]>([])
        return (Teller { item in told.withLock { $0.append(item) } }, told)
    }

    @Test func `what was added is told where it is asked for`() {
        let (teller, told) = makeTeller()
        teller.add(1)
        teller.add(2)
        #expect(told.withLock { $0 } == [])
        teller.tellWaiting()
        #expect(told.withLock { $0 } == [1, 2])
        teller.tellWaiting()
        #expect(told.withLock { $0 } == [1, 2])
    }

    @Test func `the thread tells only when it is called`() {
        let (teller, told) = makeTeller()
        teller.start()
        defer { teller.stop() }
        teller.callThread()
        teller.add(1)
        teller.tellWaiting()
        teller.add(2)
        teller.callThread()
        teller.drain()
        #expect(told.withLock { $0 } == [1, 2])
    }

    @Test func `a full teller holds up who adds until something is told`() {
        let (teller, told) = makeTeller()
        let adding = Thread { for item in 0..<1000 { teller.add(item) } }
        adding.start()
        while told.withLock({ $0.count }) < 1000 { teller.tellWaiting() }
        #expect(told.withLock { $0 } == Array(0..<1000))
    }

    @Test func `two that tell at once keep the order`() {
        let (teller, told) = makeTeller()
        teller.start()
        defer { teller.stop() }
        let adding = Thread {
            for item in 0..<1000 {
                teller.add(item)
                if item % 3 == 0 { teller.callThread() }
            }
        }
        adding.start()
        while told.withLock({ $0.count }) < 1000 { teller.tellWaiting() }
        teller.drain()
        #expect(told.withLock { $0 } == Array(0..<1000))
    }
}
