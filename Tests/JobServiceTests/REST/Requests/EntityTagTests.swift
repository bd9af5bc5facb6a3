import Testing

@testable import JobService

@Suite struct EntityTagTests {
    @Test func tagsAreReadAsTheRFCWritesThem() {
        let (strong, weak) = (EntityTag(text: "a,b", isWeak: false), EntityTag(text: "", isWeak: true))
        #expect(EntityTags("*") == .any)
        #expect(EntityTags(" * ") == .any)
        #expect(EntityTags(#""a,b""#) == .listed([strong]))
        #expect(EntityTags(#", "a,b" ,W/"" ,"#) == .listed([strong, weak]))
        #expect(strong.description == #""a,b""#)
        #expect(weak.description == #"W/"""#)
    }

    @Test(arguments: ["", ",", "a", "\"a", "\"a\" \"b\"", "w/\"a\"", "*, \"a\"", "\"a\"x"])
    func whatIsNoTagIsRefused(_ header: String) {
        #expect(EntityTags(header) == nil)
    }

    @Test func noMoreTagsAreReadThanAnybodyMeans() {
        let header = Array(repeating: "\"a\"", count: 51).joined(separator: ",")
        #expect(EntityTags(header) == nil)
    }
}
