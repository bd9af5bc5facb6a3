import JobCore
import QueueFlowWorker
import Testing

@Suite struct FairPickerTests {
    private func topic(_ queue: String, _ priority: Priority) throws -> Topic {
        Topic(tenant: .default, queue: try QueueName(queue), priority: priority)
    }

    @Test func prioritiesShareByWeight() throws {
        var picker = FairPicker()
        for priority in Priority.allCases { picker.add(try topic("q", priority)) }
        var picks: [Priority: Int] = [:]
        for _ in 0..<1_500 { picks[try taken(picker.next()).priority, default: 0] += 1 }
        #expect(picks == [.critical: 800, .high: 400, .normal: 200, .low: 100])
    }

    @Test func lowWorkIsNeverFarAway() throws {
        var picker = FairPicker()
        for priority in Priority.allCases { picker.add(try topic("q", priority)) }
        var sinceLow = 0
        for _ in 0..<1_000 {
            sinceLow = try taken(picker.next()).priority == .low ? 0 : sinceLow + 1
            #expect(sinceLow < 16)
        }
    }

    @Test func queuesOfOnePriorityTakeTurns() throws {
        var picker = FairPicker()
        let topics = try ["a", "b", "c"].map { try topic($0, .normal) }
        topics.forEach { picker.add($0) }
        let picks = (0..<6).compactMap { _ in picker.next() }
        #expect(picks == topics + topics)
        picker.remove(topics[1])
        #expect(Set((0..<4).compactMap { _ in picker.next() }) == [topics[0], topics[2]])
        picker.remove(topics[0])
        picker.remove(topics[2])
        #expect(isNil(picker.next()))
    }
}
