import Testing

@testable import QueueFlowCLI

@Suite struct TemplateTests {
    @Test func placeholdersAreFilledInAndVariablesOfNginxStay() throws {
        let text = "listen ${A}; set $host; x ${B}${A} {1,2} $"
        let filled = try Template.fill(text, with: ["A": "1", "B": "${A}"], named: "t")
        #expect(filled == "listen 1; set $host; x ${A}1 {1,2} $")
    }

    @Test func anUnknownPlaceholderIsNamed() {
        #expect(throws: StackError.unknownPlaceholder(name: "B", file: "t")) {
            try Template.fill("a ${B}", with: ["A": "1"], named: "t")
        }
    }
}
