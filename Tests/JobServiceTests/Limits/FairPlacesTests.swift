import JobCore
import TestSupport
import Testing

@testable import JobService

struct FairPlacesTests {
    private typealias Holder = FairPlaces.Holder

    private func holder(_ tenant: Int, _ principal: Int) -> Holder {
        Holder(tenant: TenantName(validated: "t\(tenant)"), principal: "p\(principal)")
    }

    @Test func whoIsNewGetsThePlaceThatWasHeldTheLongest() throws {
        let limits = FairPlaces.Limits(all: 6, tenant: 6, principal: 6)
        var places = FairPlaces()
        for number in 0..<4 { #expect(try places.take(UInt64(number), for: holder(1, 0), of: limits) == nil) }
        for number in 4..<6 { #expect(try places.take(UInt64(number), for: holder(2, 0), of: limits) == nil) }
        #expect(try places.take(6, for: holder(3, 0), of: limits) == 0)
        #expect(try places.take(7, for: holder(3, 0), of: limits) == 1)
        // Now each has two: nobody has more than it would have.
        #expect(throws: FairPlaces.Refusal.process) { try places.take(8, for: holder(3, 0), of: limits) }
        #expect(throws: FairPlaces.Refusal.process) { try places.take(8, for: holder(1, 0), of: limits) }
        #expect(try places.take(8, for: holder(4, 0), of: limits) != nil)
        places.giveBack(0, of: holder(1, 0))
        #expect(places.count == 6, "it had been taken away before")
    }

    @Test func whereEverybodyHasOneTheNextIsRefused() throws {
        let limits = FairPlaces.Limits(all: 50, tenant: 10, principal: 5)
        var places = FairPlaces()
        for tenant in 0..<50 { #expect(try places.take(UInt64(tenant), for: holder(tenant, 0), of: limits) == nil) }
        #expect(throws: FairPlaces.Refusal.process) { try places.take(50, for: holder(50, 0), of: limits) }
    }

    /// Random takers and leavers against a list of who has what.
    @Test(arguments: 0..<20) func nobodyIsShutOutWhoeverComes(_: Int) throws {
        var generator = SeededGenerator()
        let seed = generator.seed
        let limits = FairPlaces.Limits(
            all: Int.random(in: 1...60, using: &generator),
            tenant: Int.random(in: 1...40, using: &generator),
            principal: Int.random(in: 1...20, using: &generator)
        )
        var places = FairPlaces()
        var model: [UInt64: Holder] = [:]
        func count(_ isMeant: (Holder) -> Bool) -> Int { model.values.count(where: isMeant) }
        for number in 0..<UInt64(3_000) {
            if Int.random(in: 0..<3, using: &generator) == 0,
                let leaver = model.keys.sorted().randomElement(using: &generator)
            {
                // Whose place was taken away gives it back, too.
                places.giveBack(leaver, of: model.removeValue(forKey: leaver) ?? holder(0, 0))
                places.giveBack(leaver, of: holder(1, 1))
                #expect(places.count == model.count, "seed \(seed)")
                continue
            }
            let taker = holder(
                Int.random(in: 0..<Int.random(in: 1...8, using: &generator), using: &generator),
                Int.random(in: 0..<4, using: &generator)
            )
            let (own, mine) = (count { $0 == taker }, count { $0.tenant == taker.tenant })
            let ofTenants = Dictionary(grouping: model.values, by: \.tenant).mapValues(\.count)
            let ofMine = Dictionary(grouping: model.values.filter { $0.tenant == taker.tenant }, by: \.self).mapValues(
                \.count
            )
            let full = (tenant: mine >= limits.tenant, all: model.count >= limits.all)
            do {
                let taken = try places.take(number, for: taker, of: limits)
                #expect(own < limits.principal, "seed \(seed)")
                #expect((taken != nil) == (full.tenant || full.all), "seed \(seed)")
                if let taken {
                    let removed = model.removeValue(forKey: taken)
                    let loser = try #require(removed, "seed \(seed)")
                    let older = model.filter { $0.value == loser && $0.key < taken }
                    #expect(older.isEmpty, "it was held the longest; seed \(seed)")
                    if full.tenant {
                        #expect(loser.tenant == taker.tenant && ofMine[loser] == ofMine.values.max(), "seed \(seed)")
                        #expect(own + 1 <= count { $0 == loser }, "seed \(seed)")
                    } else {
                        #expect(ofTenants[loser.tenant] == ofTenants.values.max(), "seed \(seed)")
                        #expect(mine + 1 <= count { $0.tenant == loser.tenant }, "seed \(seed)")
                    }
                }
                model[number] = taker
            } catch let refusal as FairPlaces.Refusal {
                switch refusal {
                case .principal: #expect(own >= limits.principal, "seed \(seed)")
                case .tenant: #expect(full.tenant && own + 1 >= ofMine.values.max() ?? 0, "seed \(seed)")
                case .process: #expect(full.all && mine + 1 >= ofTenants.values.max() ?? 0, "seed \(seed)")
                }
            }
            #expect(places.count == model.count && model.count <= limits.all, "seed \(seed)")
            #expect(places.count(of: taker) == count { $0 == taker }, "seed \(seed)")
            #expect(places.count(of: taker.tenant) == count { $0.tenant == taker.tenant }, "seed \(seed)")
        }
    }
}
