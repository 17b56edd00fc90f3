"""The table of kinds, one row each: name, emoji, size, habitats, colors. A new kind is one new row here."""

from __future__ import annotations

from twobranch.corpus.emoji_scenes.kinds import Kind, table

BRIGHT = "red blue green yellow orange purple pink"
FUR = "brown black white gray"

ANIMALS = (
    Kind("dog", "dog", 72, "field yard town shore floor cold", FUR, "orange"),
    Kind("cat", "cat", 64, "field yard town floor", "orange black white gray", "orange", verb="walks"),
    Kind("horse", "horse", 96, "field", FUR, "brown"),
    Kind("cow", "cow", 94, "field"),
    Kind("pig", "pig", 76, "field yard", "pink"),
    Kind("sheep", "ewe", 78, "field", "white", plural="sheep"),
    Kind("rabbit", "rabbit", 54, "field yard wood", verb="sits"),
    Kind("deer", "deer", 98, "field wood", "brown", plural="deer"),
    Kind("squirrel", "chipmunk", 56, "wood yard", "brown", verb="sits"),
    Kind("owl", "owl", 62, "wood", verb="sits"),
    Kind("duck", "duck", 58, "field water", verb="is"),
    Kind("swan", "swan", 66, "water", "white", verb="swims"),
    Kind("elephant", "elephant", 124, "wild", "gray"),
    Kind("tiger", "tiger", 98, "wild", "orange", verb="walks"),
    Kind("zebra", "zebra", 98, "wild"),
    Kind("giraffe", "giraffe", 114, "wild"),
    Kind("monkey", "monkey", 66, "wild wood", "brown", verb="sits"),
    Kind("camel", "camel", 102, "hot", "brown white orange", "orange"),
    Kind("snake", "snake", 62, "hot wild", "green yellow brown", "green", verb="is"),
    Kind("turtle", "turtle", 68, "shore hot sea", "green", verb="is"),
    Kind("flamingo", "flamingo", 92, "wild shore", "pink"),
    Kind("penguin", "penguin", 76, "cold"),
    Kind("eagle", "eagle", 72, "air", verb="flies"),
    Kind("butterfly", "butterfly", 52, "air low-air", "blue orange yellow pink purple", "blue", "flies", "butterflies"),
    Kind("bat", "bat", 60, "dark", "black", verb="flies"),
    Kind("fish", "fish", 68, "sea", "blue red orange yellow green pink purple", "blue", "swims", "fish"),
    Kind("shark", "shark", 122, "sea", "gray", verb="swims"),
    Kind("dolphin", "dolphin", 98, "sea", "gray", verb="swims"),
    Kind("whale", "spouting_whale", 112, "ocean sea", "blue", verb="swims"),
    Kind("octopus", "octopus", 76, "sea seabed", "red purple orange pink", "red", "is", "octopuses"),
    Kind("crab", "crab", 60, "shore seabed", "red orange", "red", "is"),
)

VEHICLES = (
    Kind("car", "automobile", 100, "road", "red blue green yellow orange black white", "red", "is parked"),
    Kind("jeep", "sport_utility_vehicle", 98, "hot wild", "blue red green yellow white", "blue", "is parked"),
    Kind("bus", "bus", 128, "road", "red blue green yellow", "red", plural="buses"),
    Kind("truck", "pickup_truck", 112, "road", "red blue green white", "red", "is parked"),
    Kind("fire engine", "fire_engine", 122, "road", "red", verb="is parked"),
    Kind("tractor", "tractor", 104, "field", "green red blue orange", "green"),
    Kind("motorcycle", "motorcycle", 90, "road", "red blue green yellow", "red", "is parked"),
    Kind("scooter", "motor_scooter", 78, "town", "red blue green yellow pink", "red", "is parked"),
    Kind("bicycle", "bicycle", 86, "town field", "red blue green yellow", "red"),
    Kind("helicopter", "helicopter", 94, "air dark", "red blue green yellow orange", "red", "flies"),
    Kind("airplane", "airplane", 90, "air dark", "gray", verb="flies"),
    Kind("rocket", "rocket", 82, "dark", verb="flies"),
    Kind("UFO", "flying_saucer", 90, "dark", "gray", verb="hovers"),
    Kind("sailboat", "sailboat", 104, "water", "white red yellow", "gray", "floats",
         drop=("m64.4414,44.7846v18.7598", "m8.1621,44.7846c2.68,0,8.0399")),
    Kind("speedboat", "speedboat", 106, "water", "white", verb="floats",
         drop=("M68,47v22H4V47h1", "M5,47c3,0,9,3,15,3")),
)  # fmt: skip

FOOD = (
    Kind("apple", "red_apple", 58, "table", "red green yellow", "red", "lies"),
    Kind("banana", "banana", 64, "table", "yellow", verb="lies"),
    Kind("slice of watermelon", "watermelon", 66, "table", verb="lies", plural="slices of watermelon"),
    Kind("pineapple", "pineapple", 84, "table"),
    Kind("bunch of grapes", "grapes", 66, "table", "purple green red", "purple", "lies", "bunches of grapes"),
    Kind("slice of pizza", "pizza", 68, "table", verb="lies", plural="slices of pizza"),
    Kind("hamburger", "hamburger", 68, "table", verb="is"),
    Kind("donut", "doughnut", 60, "table", "yellow pink brown white", "yellow", "lies"),
    Kind("cake", "birthday_cake", 88, "table", "yellow pink brown", "yellow"),
    Kind("mushroom", "mushroom", 52, "wood yard", "red brown purple", "red", "grows"),
)

PLANTS = (
    Kind("fir tree", "evergreen_tree", 115, "field cold yard", "green", family="tree"),
    Kind("tree", "deciduous_tree", 115, "field yard wild", "green orange red yellow pink", "green"),
    Kind("palm tree", "palm_tree", 115, "shore hot", "green", family="tree"),
    Kind("cactus", "cactus", 94, "hot", "green", plural="cacti"),
    Kind("sunflower", "sunflower", 78, "field yard", "yellow", verb="grows"),
    Kind("tulip", "tulip", 68, "yard field", "red yellow pink purple orange white", "orange", "grows"),
)

PEOPLE = (
    Kind("runner", "person_running", 92, "town field shore", verb="runs"),
    Kind("skier", "skier", 92, "cold", verb="skis"),
    Kind("farmer", "farmer", 90, "field"),
    Kind("firefighter", "firefighter", 90, "town"),
    Kind("police officer", "police_officer", 88, "town"),
    Kind("chef", "cook", 92, "floor"),
    Kind("princess", "princess", 88, "field yard", plural="princesses"),
    Kind("astronaut", "astronaut", 88, "dark", verb="floats"),
)

THINGS = (
    Kind("balloon", "balloon", 76, "air dark low-air", BRIGHT, "red", "floats"),
    Kind("kite", "kite", 82, "air", BRIGHT, "pink", "flies"),
    Kind(
        "umbrella", "umbrella", 84, "town shore floor yard", "red blue green yellow purple pink black", "purple", "is"
    ),
    Kind("bucket", "bucket", 62, "shore yard", "blue red green yellow", "blue"),
    Kind("soccer ball", "soccer_ball", 48, "field yard shore floor town", verb="lies"),
    Kind("book", "closed_book", 56, "table floor", "red blue green yellow purple orange brown black", "red", "lies"),
    Kind("backpack", "backpack", 74, "floor wood shore town", "red blue green orange purple", "red"),
    Kind("chair", "chair", 98, "floor", "yellow red blue green white", "yellow"),
    Kind("television", "television", 106, "floor"),
    Kind("laptop", "laptop", 86, "table", "gray"),
    Kind("telephone", "telephone", 72, "table", "red blue green yellow black", "red"),
    Kind("alarm clock", "alarm_clock", 72, "table", "white", mirror=False),
    Kind("guitar", "guitar", 96, "floor", "red blue green brown black", "red", "is"),
    Kind("gift", "wrapped_gift", 68, "floor cold table", "yellow blue green white pink", "yellow", "is"),
    Kind("teddy bear", "teddy_bear", 80, "floor", "brown pink white gray", "brown", "sits"),
    Kind("tent", "tent", 108, "field wood hot cold", "yellow red green blue orange", "yellow"),
    Kind("house", "house", 114, "field cold"),
    Kind("snowman", "snowman_without_snow", 94, "cold", "white", plural="snowmen"),
    Kind("mailbox", "closed_mailbox_with_raised_flag", 80, "town yard", "blue", plural="mailboxes"),
    Kind("traffic light", "vertical_traffic_light", 100, "town"),
)

KINDS: dict[str, Kind] = {
    kind.name: kind
    for category, rows in {
        "animals": ANIMALS, "vehicles": VEHICLES, "food": FOOD, "plants": PLANTS, "people": PEOPLE, "things": THINGS,
    }.items()
    for kind in table(category, rows)
}  # fmt: skip
"""Name -> kind, for all kinds."""
