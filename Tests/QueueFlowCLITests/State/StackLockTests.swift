import Foundation
import Testing

@testable import QueueFlowCLI

@Suite struct StackLockTests {
    @Test func onlyOneCommandAtATime() throws {
        let parent = FileManager.default.temporaryDirectory.appending(path: "lock-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: parent) }
        let directory = StackDirectory(in: parent)
        try directory.make(openTo: nil)
        do {
            let held = try StackLock(directory)
            #expect(throws: StackError.busy(directory: directory.root.path)) { try StackLock(directory) }
            withExtendedLifetime(held) {}
        }
        _ = try StackLock(directory)
    }
}
