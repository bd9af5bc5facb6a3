/// Waits for `body` no longer than a while: then cancels it, and waits for it to end.
///
/// - Returns: What `body` returned; `nil` when the time was up, or the task cancelled, first.
package func withTimeLimit<Result: Sendable>(
    _ limit: Duration,
    _ body: @escaping @Sendable () async -> Result
) async -> Result? {
    await withTaskGroup(of: Result?.self) { group in
        group.addTask { await body() }
        group.addTask {
            try? await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        return await group.next() ?? nil
    }
}
