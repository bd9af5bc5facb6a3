import JobCore
import Testing

@Suite struct NameTests {
    @Test(arguments: ["a", "email.send", "A-b_c.9", "...", ".a", "..a", "a.", String(repeating: "x", count: 100)])
    func takesWhatKafkaTakes(name: String) throws {
        #expect(try QueueName(name).rawValue == name)
    }

    @Test(arguments: ["", ".", "..", " ", "a b", "ä", "a/b", "a\0b", String(repeating: "x", count: 101)])
    func refusesTheRestAndSaysWhatIsAllowed(name: String) {
        #expect {
            try QueueName(name)
        } throws: {
            "\($0)"
                == "a queue name has 1 to 100 characters out of a-z, A-Z, 0-9, '.', '_' and '-', and is neither '.' nor '..'"
        }
    }

    @Test func tenantsHaveNoDots() {
        #expect(throws: InvalidName.self) { try TenantName("a.b") }
    }
}
