/// One producer's side of a protocol: what it sends, and where a reply ends.
protocol LoadConversation {
    /// Greets the server before the clock starts; the socket blocks.
    mutating func open(_ socket: LoadSocket) throws
    /// Appends the next request; false if there is none any more.
    mutating func nextRequest(into bytes: inout [UInt8]) -> Bool
    /// How many bytes at the front of `bytes` end the reply to the request under way; nil if it
    /// has not come whole. What the server asks in between is answered by appending to `answer`.
    ///
    /// - Throws: if the server refused.
    mutating func replyLength(in bytes: [UInt8], answer: inout [UInt8]) throws -> Int?
}

extension LoadConversation {
    mutating func open(_ socket: LoadSocket) throws {}
}

/// What a load came to.
struct LoadResult {
    var requests = 0
    var seconds = 0.0
    var latencies = Latencies()
}

/// Many connections, each with one request under way, served by one thread: the client costs two
/// system calls a request, so that the server is what is measured.
struct LoadGenerator {
    private struct Producer {
        let socket: LoadSocket
        var conversation: any LoadConversation
        var outgoing: ArraySlice<UInt8> = []
        var incoming: [UInt8] = []
        var waitsForRoom = false
        var isUnderWay = false
        var started = ContinuousClock.now
    }

    private var poll = ReadinessPoll()
    private var producers: [Producer] = []
    private var result = LoadResult()
    private var samples: [Duration] = []

    /// Connects every producer and lets it greet the server.
    init(port: Int, _ conversations: [any LoadConversation]) throws {
        for var conversation in conversations {
            let socket = try LoadSocket(port: port)
            try conversation.open(socket)
            try LoadSocket.stopBlocking(socket.descriptor)
            poll.add(socket.descriptor, tag: producers.count)
            producers.append(Producer(socket: socket, conversation: conversation))
        }
    }

    /// Sends for `seconds`, or until a producer has nothing left, and waits for what is under way.
    mutating func run(seconds: Double) throws -> LoadResult {
        result = LoadResult()
        samples = []
        let started = ContinuousClock.now
        let deadline = started.advanced(by: .seconds(seconds))
        var underWay = 0
        var goesOn = true
        for index in producers.indices {
            goesOn = try begin(index) && goesOn
            underWay += producers[index].isUnderWay ? 1 : 0
        }
        while underWay > 0 {
            let ready = try poll.wait(milliseconds: 10_000)
            guard !ready.isEmpty else { throw LoadFailure("no reply for ten seconds") }
            for index in ready where try advance(index) {
                underWay -= 1
                goesOn = goesOn && ContinuousClock.now < deadline
                guard goesOn else { continue }
                goesOn = try begin(index)
                underWay += producers[index].isUnderWay ? 1 : 0
            }
        }
        result.seconds = started.duration(to: .now).seconds
        result.latencies.add(samples)
        return result
    }

    private mutating func begin(_ index: Int) throws -> Bool {
        var request: [UInt8] = []
        guard producers[index].conversation.nextRequest(into: &request) else { return false }
        producers[index].isUnderWay = true
        producers[index].started = .now
        try send(request, of: index)
        return true
    }

    private mutating func send(_ bytes: [UInt8], of index: Int) throws {
        producers[index].outgoing += bytes
        producers[index].outgoing = try producers[index].socket.send(producers[index].outgoing)
        let waits = !producers[index].outgoing.isEmpty
        guard waits != producers[index].waitsForRoom else { return }
        producers[index].waitsForRoom = waits
        poll.change(index, forWriting: waits)
    }

    /// Moves what a ready socket has; true once its request has been answered.
    private mutating func advance(_ index: Int) throws -> Bool {
        if producers[index].waitsForRoom { try send([], of: index) }
        try producers[index].socket.receive(into: &producers[index].incoming)
        var answer: [UInt8] = []
        let length = try producers[index].conversation.replyLength(
            in: producers[index].incoming, answer: &answer)
        if !answer.isEmpty { try send(answer, of: index) }
        guard let length else { return false }
        producers[index].incoming.removeFirst(length)
        guard producers[index].isUnderWay else { return false }
        producers[index].isUnderWay = false
        result.requests += 1
        samples.append(producers[index].started.duration(to: .now))
        return true
    }
}
