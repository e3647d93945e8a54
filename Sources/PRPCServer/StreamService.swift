import NIOCore

/// Serves the connections of one event loop: all its functions are called on that loop alone.
///
/// What it does for a connection it does at once: while it works, the loop's other connections
/// wait. Answers may come later, and from anywhere by way of `StreamLoop.run`.
package protocol StreamService: AnyObject, Sendable {
    /// Takes whole messages from the front of what has come and has not been taken, while the
    /// connection `takesMore`; asks it for a place in which each is answered.
    ///
    /// - Returns: how many bytes were taken; the others are shown again when more has come.
    func take(_ incoming: ArraySlice<UInt8>, from connection: StreamConnection) -> Int

    /// The sender has sent all it will; `rest` is what was never taken, and may be empty.
    func inputEnded(with rest: ArraySlice<UInt8>, on connection: StreamConnection)
}

/// The event loop that a stream service lives on.
package struct StreamLoop: Sendable {
    let eventLoop: any EventLoop

    /// Runs `work` on the loop; from the loop itself, once it has read from every connection that
    /// has something. What several threads leave here together wakes it once.
    package func run(_ work: @escaping @Sendable () -> Void) { eventLoop.execute(work) }
}
