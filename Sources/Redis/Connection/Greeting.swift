import Concurrency

/// What has to be said before a connection can be used: who we are and which database we want.
struct Greeting {
    let link: HiredisLink
    let loop: DescriptorLoop
    let deadline: ContinuousClock.Instant

    /// Waits for the connection, authenticates, selects the database and makes sure that the server answers.
    ///
    /// - Throws: ``RedisError``, or `CancellationError`.
    nonisolated(nonsending) func complete(_ configuration: RedisConfiguration) async throws {
        try await wait(.write)
        try link.checkConnected()
        if let password = configuration.password {
            let user = configuration.username.map { [RedisArgument($0)] } ?? []
            try await say(["AUTH"] + user + [RedisArgument(password)])
        }
        if configuration.database != 0 { try await say(["SELECT", RedisArgument(configuration.database)]) }
        // A server that is loading its data, or that wants a password, accepts connections and refuses this.
        try await say(["PING"])
    }

    private nonisolated(nonsending) func say(_ words: [RedisArgument]) async throws {
        try link.queue(CommandEncoder.encode(words))
        while try link.write() { try await wait(.write) }
        while true {
            if let reply = try link.nextReply() {
                guard case .error(let message) = reply else { return }
                throw RedisError.notConnected(reason: "the server refuses: \(message)")
            }
            try await wait(.read)
            try link.read()
        }
    }

    private nonisolated(nonsending) func wait(_ interest: DescriptorInterest) async throws {
        switch await loop.wait(for: link.socket, interest, until: deadline) {
        case .ready, .signalled: return
        case .cancelled: throw CancellationError()
        case .timedOut: throw RedisError.notConnected(reason: "the server did not answer in time")
        }
    }
}
