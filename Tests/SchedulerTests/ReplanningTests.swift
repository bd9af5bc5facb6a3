import Foundation
import JobCore
import Testing

@testable import Scheduler

@Suite struct ReplanningTests {
    private func stamp(_ folder: URL) -> TimeZoneDatabase.Stamp? { TimeZoneDatabase(directory: folder.path).stamp }

    /// At the start and after each change three rounds are made to their end, and no more.
    @Test func schedulesArePlannedAnewAtTheStartAndAfterAChange() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "zones-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var plan = Replanning()
        func rounds() -> Int {
            var count = 0
            while count < 10, plan.isDue(at: stamp(folder)) {
                // One that fails is made again.
                let isStillDue = plan.isDue(at: stamp(folder))
                #expect(isStillDue)
                plan.finishRound()
                count += 1
            }
            return count
        }
        #expect(rounds() == 3)
        #expect(rounds() == 0)
        // As dpkg does it: another file is put in the place of the old one.
        try Data("new".utf8).write(to: folder.appending(path: "Vancouver"), options: .atomic)
        // Clocks of file systems are coarse, and a test is quick.
        let later = Date(timeIntervalSinceNow: 10)
        try FileManager.default.setAttributes([.modificationDate: later], ofItemAtPath: folder.path)
        #expect(rounds() == 3)
        #expect(rounds() == 0)
        try FileManager.default.removeItem(at: folder)
        #expect(stamp(folder) == nil)
        #expect(rounds() == 3)
    }
}
