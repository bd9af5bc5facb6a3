import Foundation
import Synchronization
import Testing

@testable import JobStore

struct RevocationListTests {
    @Test func whatWasRevokedIsKnownForAsLongAsATokenLives() {
        let clock = Mutex(ContinuousClock.now)
        let list = RevocationList { clock.withLock { $0 } }
        let (user, session, key) = (UUID(), UUID(), UUID())
        list.add([.user(user, epoch: 2), .user(user, epoch: 1), .session(session), .key(key)])
        #expect(list.revokesToken(session: UUID(), user: user, epoch: 1))
        #expect(!list.revokesToken(session: UUID(), user: user, epoch: 2))
        #expect(list.revokesToken(session: session, user: UUID(), epoch: 9))
        #expect(list.revokes(key: key) && !list.revokes(key: session == key ? user : UUID()))
        clock.withLock { $0 += RevocationList.memory - .seconds(1) }
        list.add([])
        #expect(list.revokes(key: key))
        clock.withLock { $0 += RevocationList.memory }
        list.add([])
        #expect(!list.revokes(key: key) && !list.revokesToken(session: session, user: user, epoch: 0))
    }

    @Test(.timeLimit(.minutes(1))) func whoWaitsHearsOfWhatIsNew() async {
        let list = RevocationList()
        let (key, before) = (UUID(), list.version)
        async let heard: Void = list.change(after: before, atMost: .seconds(50))
        list.add([.key(key)])
        await heard
        let after = list.version
        #expect(after > before)
        // What was added before the wait began is not missed.
        await list.change(after: before, atMost: .seconds(50))
        // What is known already wakes nobody.
        list.add([.key(key)])
        #expect(list.version == after)
        await list.change(after: after, atMost: .milliseconds(1))
        list.add([.user(key, epoch: 1)])
        list.add([.user(key, epoch: 1)])
        #expect(list.version == after + 1)
    }
}
