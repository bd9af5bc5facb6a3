import JobCore
import QueueFlowWorker
import Testing

struct FairPickerTests {
    /// Who gets how many of so many picks.
    private func shares<Key: Hashable>(
        _ picker: inout FairPicker,
        _ picks: Int,
        by key: (Backlog) -> Key,
        _ isAllowed: (TenantName) -> Bool = { _ in true }
    ) -> [Key: Int] {
        var shares: [Key: Int] = [:]
        for _ in 0..<picks {
            if let backlog = picker.next(isAllowed) { shares[key(backlog), default: 0] += 1 }
        }
        return shares
    }

    @Test func prioritiesShareByWeight() {
        var picker = FairPicker()
        for priority in Priority.allCases { picker.add(.sample("q", priority)) }
        #expect(
            shares(&picker, 1_500, by: \.priority) == [.critical: 800, .high: 400, .normal: 200, .low: 100]
        )
    }

    @Test func lowWorkIsNeverFarAway() throws {
        var picker = FairPicker()
        for priority in Priority.allCases { picker.add(.sample("q", priority)) }
        var sinceLow = 0
        for _ in 0..<1_000 {
            sinceLow = try taken(picker.next()).priority == .low ? 0 : sinceLow + 1
            #expect(sinceLow < 16)
        }
    }

    /// A type that is held back is passed over whole, and takes turns with the others of its priority else.
    @Test func whatIsHeldBackIsInNobodysWay() throws {
        let slow = JobType(validated: "slow")
        var picker = FairPicker(heldBack: [slow])
        for queue in 0..<10_000 { picker.add(.sample("q\(queue)", .high, type: "slow")) }
        picker.add(.sample("q", .low))
        #expect(picker.count == 10_001)
        #expect(picker.next(isHeldBack: { $0 == slow })?.type.rawValue == "echo")
        picker.add(.sample("q", .high))
        var slows = 0
        for _ in 0..<1_000 where try taken(picker.next()).type == slow { slows += 1 }
        #expect((390...410).contains(slows), "two of five turns are its own: \(slows)")
        for queue in 0..<10_000 { picker.remove(.sample("q\(queue)", .high, type: "slow")) }
        #expect(picker.count == 2)
        #expect(try taken(picker.next()).type != slow)
    }

    /// However many queues and types a tenant has, it gets no more than another one, and so within a tenant and a queue.
    @Test func tenantsThenQueuesThenTypesTakeTurns() {
        var picker = FairPicker()
        for queue in 0..<30 { picker.add(.sample(tenant: "a", "q\(queue)")) }
        for type in 0..<30 { picker.add(.sample(tenant: "b", "many", type: "t\(type)")) }
        picker.add(.sample(tenant: "b", "one"))
        picker.add(.sample(tenant: "c", "q"))
        // Until each has had its first turn.
        _ = shares(&picker, 1_000, by: \.tenant)
        #expect(Set(shares(&picker, 1_800, by: \.tenant).values) == [600])
        let queues = shares(&picker, 1_800, by: \.tenantQueue)
        #expect(queues.filter { $0.key.tenant.rawValue == "a" }.allSatisfy { $0.value == 20 })
        #expect(queues.filter { $0.key.tenant.rawValue == "b" }.allSatisfy { $0.value == 300 })
        let types = shares(&picker, 1_800, by: { $0 }).filter { $0.key.queue.rawValue == "many" }
        #expect(types.count == 30 && types.values.allSatisfy { $0 == 10 })
    }

    /// A tenant that may have no more is passed over at no cost to the others, and has not lost its place.
    @Test func aTenantThatIsNotAllowedCostsTheOthersNothing() throws {
        var picker = FairPicker()
        for tenant in ["a", "b", "c"] { picker.add(.sample(tenant: tenant)) }
        picker.add(.sample(tenant: "a", "q", .critical))
        _ = shares(&picker, 100, by: \.tenant)
        func isAllowed(_ tenant: TenantName) -> Bool { tenant.rawValue != "a" }
        #expect(shares(&picker, 100, by: \.tenant.rawValue, isAllowed) == ["b": 50, "c": 50])
        var sinceIt = 0
        while try taken(picker.next()).priority != .critical { sinceIt += 1 }
        #expect(sinceIt <= 1)
        #expect(isNil(picker.next { _ in false }))
    }

    /// Those who wait get their turns though new ones come all the time, and new ones do not wait for a thousand others.
    @Test(arguments: ["queues", "tenants"]) func nobodyStarvesUnderAFloodOfNewcomers(_ kind: String) throws {
        var picker = FairPicker()
        func backlog(_ name: String) -> Backlog {
            kind == "queues" ? .sample(name) : .sample(tenant: name, "q")
        }
        var waiting = Set((0..<1_000).map { backlog("old-\($0)") })
        waiting.forEach { picker.add($0) }
        var picks = 0
        while !waiting.isEmpty, picks < 10_000 {
            picks += 1
            let new = backlog("new-\(picks)")
            picker.add(new)
            // Within three turns the newcomer has one.
            let chosen = try (0..<3).map { _ in try taken(picker.next()) }
            #expect(chosen.contains(new))
            chosen.forEach { waiting.remove($0) }
            picker.remove(new)
        }
        #expect(waiting.isEmpty && picks <= 2_000)
    }

    @Test func whatIsRemovedHasNoTurnAndWhatIsAddedTwiceHasOne() {
        var picker = FairPicker()
        picker.add(.sample("a"))
        picker.add(.sample("a"))
        picker.add(.sample("b"))
        #expect(picker.count == 2)
        picker.remove(.sample("a"))
        picker.remove(.sample("a"))
        picker.remove(.sample("other"))
        #expect(picker.count == 1)
        #expect(shares(&picker, 10, by: \.queue.rawValue) == ["b": 10])
        picker.remove(.sample("b"))
        #expect(picker.count == 0 && isNil(picker.next()))
        picker.add(.sample("a"))
        #expect(shares(&picker, 10, by: \.queue.rawValue) == ["a": 10])
    }

    @Test(arguments: ["queues", "tenants"]) func aHundredThousandBacklogsCostNoMoreThanOne(_ kind: String) {
        func time(_ count: Int) -> Duration {
            let backlogs = (0..<count).map { kind == "queues" ? Backlog.sample("q\($0)") : .sample(tenant: "t\($0)") }
            var picker = FairPicker()
            var seen: Set<Backlog> = []
            let time = ContinuousClock().measure {
                backlogs.forEach { picker.add($0) }
                while let backlog = picker.next() {
                    seen.insert(backlog)
                    picker.remove(backlog)
                }
            }
            #expect(seen.count == count && picker.count == 0)
            return time
        }
        // Fifty times as many cost fifty times as much, or somewhat more as they do not fit into a cache, not 2 500 times.
        let few = time(2_000)
        #expect(time(100_000) < few * 500)
    }
}
