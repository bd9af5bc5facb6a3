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
}
