/// Which of LogDog's two ages a server speaks like where they collide (`spec/wire.md`).
///
/// What does not collide is served in both.
package enum Dialect: String, Hashable, Sendable, CaseIterable {
    /// That of 2024 and later; the default.
    case current
    /// That of 2017.
    case classic
}
