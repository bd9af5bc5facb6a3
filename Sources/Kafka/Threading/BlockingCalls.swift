/// Makes calls that block, one after the other, on a thread of its own.
actor BlockingCalls {
    private let executor: ThreadExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Starts the thread.
    ///
    /// - Throws: ``KafkaErrorCode/noThread`` if the system refuses one.
    init() throws(KafkaError) {
        executor = try ThreadExecutor()
    }

    deinit {
        executor.stop()
    }

    /// Makes a call once those before it have returned.
    func run<Result: Sendable, Failure: Error>(
        _ body: @Sendable () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body()
    }
}
