import Redis
import Testing

@Suite struct ConfigurationTests {
    @Test func urlsAreRead() throws {
        let full = try RedisConfiguration(url: "redis://me:p%40ss%2Fword@cache.example:6380/3")
        #expect(full.host == "cache.example" && full.port == 6380 && full.database == 3 && full.username == "me")
        let short = try RedisConfiguration(url: "redis://localhost")
        #expect(short.port == 6379 && short.database == 0 && short.username == nil)
        #expect(try RedisConfiguration(url: "redis://:secret@h").username == nil)
        #expect(try RedisConfiguration(url: "redis://[::1]:1234/").host == "::1")
    }

    @Test(arguments: [
        "", "localhost:6379", "http://h", "rediss://h", "redis://", "redis://u:secret@h:0", "redis://u:secret@h:99999",
        "redis://u:secret@h/db", "redis://u:secret@h/-1", "redis://u:sec%zzret@h", "redis://u:secret@h:port/0",
    ])
    func malformedURLsAreRefusedWithoutQuotingThePassword(_ url: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.description.contains("sec") == false)
    }

    @Test func descriptionsHideThePassword() throws {
        let configuration = try RedisConfiguration(url: "redis://me:hidden@h:1/2")
        #expect("\(configuration)" == "h:1/2")
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("hidden"))
    }
}
