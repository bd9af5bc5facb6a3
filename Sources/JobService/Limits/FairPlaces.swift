import JobCore

/// Places that the tenants share, and in each tenant its accounts and keys: none can take so many that another gets none.
///
/// When all are taken, who has fewer than others gets the place that who has the most has held for the longest time. So a newcomer always
/// gets one, unless everybody has one only, and among many the places come to be shared evenly. Pure.
struct FairPlaces: Sendable {
    /// How many places there are.
    struct Limits: Hashable, Sendable {
        /// In all.
        var all: Int
        /// For a tenant.
        var tenant: Int
        /// For one of its accounts or keys.
        var principal: Int
    }

    /// Who has a place.
    struct Holder: Hashable, Sendable {
        var tenant: TenantName
        var principal: String
    }

    /// Why somebody gets none.
    enum Refusal: Error, Hashable {
        /// One account or key has as many as it may.
        case principal
        /// All of a tenant together have, and none of the others has more.
        case tenant
        /// All are taken, and no other tenant has more.
        case process
    }

    private struct Share {
        var count = 0
        var places: [String: Set<UInt64>] = [:]

        /// Who has the most places, and how many these are.
        var largest: (principal: String, count: Int) {
            places.map { ($0.key, $0.value.count) }.max { ($0.1, $1.0) < ($1.1, $0.0) } ?? ("", 0)
        }
    }

    private var shares: [TenantName: Share] = [:]
    /// How many places are taken.
    private(set) var count = 0

    /// How many places a tenant has, and one of its accounts or keys.
    func count(of tenant: TenantName) -> Int { shares[tenant]?.count ?? 0 }

    /// How many places an account or key has.
    func count(of holder: Holder) -> Int { shares[holder.tenant]?.places[holder.principal]?.count ?? 0 }

    /// Takes a place.
    ///
    /// - Parameter number: Its name; a later one has a larger number.
    /// - Returns: The place that is taken away for it; nil when there was a free one.
    mutating func take(_ number: UInt64, for holder: Holder, of limits: Limits) throws(Refusal) -> UInt64? {
        let (own, tenants) = (count(of: holder), count(of: holder.tenant))
        guard own < limits.principal else { throw .principal }
        var taken: UInt64?
        if tenants >= limits.tenant {
            let largest = shares[holder.tenant]?.largest ?? (principal: "", count: 0)
            guard own + 1 < largest.count else { throw .tenant }
            taken = giveUp(Holder(tenant: holder.tenant, principal: largest.principal))
        } else if count >= limits.all {
            let largest = shares.max { ($0.value.count, $1.key.rawValue) < ($1.value.count, $0.key.rawValue) }
            guard let largest, tenants + 1 < largest.value.count else { throw .process }
            taken = giveUp(Holder(tenant: largest.key, principal: largest.value.largest.principal))
        }
        shares[holder.tenant, default: Share()].places[holder.principal, default: []].insert(number)
        shares[holder.tenant]?.count += 1
        count += 1
        return taken
    }

    /// Gives a place back, unless it was taken away before.
    mutating func giveBack(_ number: UInt64, of holder: Holder) {
        guard shares[holder.tenant]?.places[holder.principal]?.remove(number) != nil else { return }
        count -= 1
        shares[holder.tenant]?.count -= 1
        if count(of: holder) == 0 { shares[holder.tenant]?.places[holder.principal] = nil }
        if count(of: holder.tenant) == 0 { shares[holder.tenant] = nil }
    }

    /// Takes away the place that somebody has held for the longest time.
    private mutating func giveUp(_ holder: Holder) -> UInt64? {
        let oldest = shares[holder.tenant]?.places[holder.principal]?.min()
        if let oldest { giveBack(oldest, of: holder) }
        return oldest
    }
}
