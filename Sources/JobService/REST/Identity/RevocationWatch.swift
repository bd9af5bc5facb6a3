import JobStore
import Logging
import Postgres
import ServiceLifecycle

/// Keeps a ``RevocationList`` up to date: told at once by the database, and by a look now and then in case a word is lost.
struct RevocationWatch: Service {
    private static let period = Duration.seconds(2)
    /// As far back as a look reads: further than any transaction that revokes something takes.
    private static let recent = Duration.seconds(60)

    let store: RevocationStore
    let listener: PostgresListener
    let list: RevocationList
    let logger: Logger

    /// Reads all that concerns tokens that are still about. To be done before anybody is let in.
    ///
    /// - Throws: What the store throws.
    func load() async throws {
        list.add(try await store.recent(RevocationList.memory))
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await event in listener {
                        // Whatever was announced while nobody listened.
                        await look(back: event == .reconnected ? RevocationList.memory : Self.recent)
                    }
                }
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: Self.period)
                        await look(back: Self.recent)
                    }
                }
                await group.waitForAll()
            }
        }
    }

    private func look(back period: Duration) async {
        do {
            list.add(try await store.recent(period))
        } catch {
            logger.debug("the revocations could not be read", metadata: ["error": "\(error)"])
        }
    }
}
