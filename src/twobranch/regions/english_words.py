"""Lists of English words that say where a noun phrase of a caption begins and ends.

Closed classes are listed as far as captions use them; adjectives and verbs are those frequent in captions. A word in no
list is taken for a noun, which is what most other words of a caption are.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DETERMINERS = _words("""
    a all an another any both each every few her his its many multiple my no numerous our several some such the
    their these this those various what whose your
""")
"""Words that open a noun phrase, possessives and quantifiers among them."""

NUMBERS = _words("""
    dozen dozens eight eleven fifteen fifty five four fourteen hundred nine one seven six ten thirteen thirty three
    twelve twenty two
""")
"""Numbers in letters."""

PRONOUNS = _words(
    "another anyone both each everybody everyone few many one others several some somebody someone something"
)
"""Pronouns that stand for something in the picture."""

SINGULAR = _words("another each everyone one somebody someone")
"""Those of which a verb in -s follows: "another stands"."""

CLAUSE_WORDS = _words("""
    although because but else he here herself him himself how i if it itself myself n't not she so than that them
    themself themselves then there they though us we when where which while whilst who whom why you yourself
""")
"""Pronouns that name nothing of their own, and words that join clauses."""

PREPOSITIONS = _words("""
    about above according across after against ahead along alongside amid amidst among amongst apart around as aside
    at atop away backward backwards before behind below beneath beside besides between beyond by despite down
    downhill downstairs during everywhere except for forward forwards from in including indoors inside into like
    midway near nearby next off on onto out outdoors outside over overhead past per plus round sideways since
    somewhere through throughout till to together toward towards under underneath underwater until up uphill upon
    upside upstairs versus via vs with within without
""")
"""Prepositions, and the particles and adverbs of place that stand where they do."""

PLACES = _words("back front left right top")
"""Things after a determiner, and elsewhere parts of prepositions or adverbs: "in front of"."""

PARTICLES_OF_PLACE = _words("back left right")
"""Those that are no thing without a determiner."""

AUXILIARIES = _words("""
    'll 'm 're 've am appear appears are be been being can could did do does get gets getting got gotten had has
    have having is look looking looks may might must seem seems should was were will would
""")
"""Verbs after which a participle or an adjective belongs to the verb."""

OWNING = _words("had has have having")
"""Auxiliaries that take an object, too."""

CONJUNCTIONS = _words("& and nor or")
"""Words that join two of a kind."""

ADVERBS = _words("""
    again airborne alike almost alone already also always apparently asleep barefoot close due even ever fast half
    headfirst just less mid-air more most much nearly never now off-camera only parallel perpendicular quite rather
    ready soon still straight too up-close upside-down very well yet
""")
"""Adverbs without -ly, and adjectives that only follow a verb."""

NOT_ADVERBS = _words("""
    ally assembly barbly belly bubbly bully burly butterfly chilly curly daily doily dolly early elderly family fly
    friendly frilly gnarly grizzly hilly homely jelly july likely lily lonely lovely monopoly only potbelly prickly
    rally silly smelly squiggly supply teddy trolley ugly wobbly woolly wooly
""")
"""Words in -ly that are no adverbs."""

COLORS = _words("""
    aqua beige black blond blonde blue brown burgundy camouflage crimson denim gold golden gray green grey khaki
    lavender leather magenta maroon navy neon orange pink plaid purple red scarlet silver tan teal turquoise violet
    white yellow
""")
"""Adjectives that can stand for a thing of that color: "dressed in black"."""

ADJECTIVES = _words("""
    african american ancient angry antique arid artificial asian athletic average bald bare barren beautiful big
    bigger blond-haired blue-eyed blurry bottom brick bright broken brown-haired bubbly busy calm casual caucasian
    cement checkered chinese choppy clear cloudy cold collared colored colorful concrete cool crowded curly cute
    dark dark-haired decorative deep different dirty distant double dry dusty eastern elaborate elderly electric
    electronic empty entire european excited extreme fair fake fallen fancy far fat final first flat floral flowery
    fluffy foamy foggy formal full funny furry fuzzy giant glossy good grassy great hairy handsome happy heavy high
    hilly hispanic hot huge icy identical indian indoor inflatable inner interesting japanese large larger last
    leafy light light-haired lit little local lone long long-sleeved longer loud low lower lush main matching medium
    metal mexican middle middle-aged modern mossy mountainous muddy multi-colored multicolored murky muscular naked
    narrow native new nice nude odd old older one-piece open opposite oriental ornate other outdoor outer overweight
    own pale patterned plain plastic pregnant pretty private professional public quick quiet rainy rapid real rear
    red-haired rocky rough rural rusty sad same sandy second see-through separate shaggy shallow sharp shiny
    shirtless short short-sleeved shorter silly similar single skinny sleeveless slim slow small smaller smooth
    snowy solo spotted square steep stone stormy strange striped strong suburban sudsy sunny tall taller thick thin
    third tie-dyed tiny topless traditional transparent triple tropical two-piece unseen upper urban warm weedy
    weird western wet white-haired whole wide wild wintry wooded wooden young younger
""")
"""Adjectives frequent in captions."""

ADJECTIVE_NOUNS = _words("brick cement concrete light metal plastic public square stone")
"""Those that are a noun where none follows: "a traffic light", "made of stone"."""

NOUNS_IN_ING = _words("""
    anything awning awnings building buildings ceiling ceilings clearing clothing darling drawings duckling
    ducklings earring earrings evening evenings king king-size kings lightning morning mornings nothing offspring
    opening outing paintings parking pudding railing railings ring rings scaffolding sibling siblings sling slings
    something spring springs stocking stockings string strings surroundings swing swings thing things tubing viking
    vikings wedding weddings wing wings
""")
"""Words in -ing that are nouns wherever they stand."""

NOUNS_IN_ED = _words("bed bobsled bunkbed dogsled flatbed hundred reed seaweed seed shed sled weed")
"""Words in -ed that are no participles."""

ACTIVITIES = _words("""
    bathing biking boarding bowling boxing bucking building bumping camping cheerleading climbing cooking crashing
    cutting cycling dancing dining diving fishing flowing folding gardening hanging hiking hunting ice-skating
    jogging jumping kayaking landing living marching matching motorcycling oncoming paddling painting parking
    picking playing racing rafting riding rocking roller-skating rolling rowing running sailing serving setting
    sewing shopping skateboarding skating skiing sleeping snowboarding sparring sporting surfing swimming swinging
    training vending wading waiting walking washing wrestling
""")
"""What people do, in words that also say what a thing is for: "swimming trunks"."""

NOUNS_AFTER_ACTIVITIES = _words("""
    area attire bag bags band bar board boards boots cap caps cart carts center chair chairs class clothes clothing
    club competition competitions contest costume costumes course courses equipment event gear glasses gloves
    goggles hair hat hats helmet helmets hole jacket jackets jersey jerseys lesson lessons lot lots machine machines
    mall mask match net nets outfit outfits pants path pin pins platform pole poles pond ponds pool pools ring rink
    rod rods room rooms session shoes shorts site slope slopes stage stick sticks suit suits table tables team teams
    tights track tracks traffic trail trails trunks uniform uniforms vest vests wall walls
""")
"""Nouns that an activity can stand before without being their verb."""

SPORTS = _words(
    "belly bull bungee cross cross-country hang ice inline jet rock roller scuba skate snow wake water wind"
)
"""Words that an activity makes one verb of: "a man rock climbing"."""

PLURALS = _words("""
    adults audience band both businessmen cattle cavemen children class couple cowboys crew crowd deer everyone
    family feet firemen fish fishermen geese gentlemen group guys horsemen kids ladies men mice others oxen pair
    people personnel police policemen policewomen sheep snowmen sportsmen team teeth trio women workmen youth
""")
"""Subjects of a verb without -s that do not end in -s themselves, groups among them."""

PERSONS = _words("adult boy child girl guy kid lady man person player someone toddler woman")
"""Singular subjects that a verb without -s follows as in "watches a man play", and that no compound begins with."""

VERBS = _words("""
    accelerate act add adjust admire advertise apply approach ascend ask attack attempt attend await backflip
    balance bark bask bat bathe become begin bend bicycle bike bite block blow blur bounce bound bow bowl break
    bring brush build busk buy call camp canoe carry cartwheel cast catch celebrate change charge chase chat check
    cheer chew circle clap clean climb cling clutch collect comb come compete consist contain converse cook cover
    crash crawl cross crouch crowd cruise cry cuddle cut cycle dance dangle dash decorate defend demonstrate descend
    dig discuss dismount display dive dock drag dress dribble drill drink drip drive drool drop drum dump dunk eat
    embrace emerge engage enjoy enter entertain examine exercise exit explore face fall feed fetch fight fill film
    find fish fit fix flap flip float fly fold follow frolic frown gallop gather gaze gesture give glance glide gnaw
    go golf grab grasp graze grin grind grip growl guard hammer hand hang harvest head hear help hide hike hit hoist
    hold hop hope hover huddle hug hula hurdle hurl hurry inspect interact jog join juggle jump kayak keep kick kiss
    kneel knit land lap laugh launch lay lead lean leap learn leave let lick lie lift line listen live load lose
    lounge love make maneuver march match meet motion mount move mow nap navigate need nestle nip observe operate
    overlook overtake paddle paint pant parade participate pass pay peck pedal peek peer perch perform pet
    photograph pick picnic pile pitch plant play playfight plow plunge point pose pounce pour practice prance
    prepare press pretend propel protest pull purchase push put race raft raise rake reach read recline record
    reflect relax release remove repair rest retrieve return ride ring rise roam roll rollerblade row rub run rush
    sail saw say scale scoot scooter score scramble scream search see sell send serve set sew shake share shave
    shine shoot shop shout shovel show shower signal sing sink sit skate skateboard ski ski-jump skip sled sleep
    slide slip slouch slump smile smoke snarl snatch sniff snowboard snuggle soak soar somersault speak speed spin
    splash sprawl spray sprint squat squeeze squint squirt stand stare start stay steer step stick stoop stop
    straddle stretch stride stroll strum study stumble submerge sunbathe surf surround suspend swat swim swing
    tackle take talk teach tell tend throw tie tilt tip toss touch tow tower trail train travel traverse trek trip
    trot trudge try tug tumble turn twirl use vault vend view wade wag wait wakeboard walk wander want wash watch
    waterski wave wear weld wheel whisper win wink wipe work wrap wrestle write yank yawn yell zoom
""")
"""Verbs frequent in captions, without an ending."""

NOUNS_BEFORE_VERBS = _words("""
    bats bicycles bike bikes camp camps canoes circle crowd dress dresses drinks drum drums face faces film hand
    hands heads kayaks lands laps leaves lines pants plants rafts rings sails scooters shop shops shows skateboards
    skates skis steps sticks swings tie ties train trips waves wheels
""")
"""Words that are more often a noun than a verb after a noun, "and" or a comma: "hockey sticks", "shirt and tie"."""

IRREGULAR = _words("""
    ate beaten began bent bit bitten blew blown born bought bound bring brought built came caught cut done dove
    drank drawn dressed driven drove dug eaten fell felt flew flown fought found gave given gone held hid hidden hit
    hung kept knelt laid lain lay leapt led let lost made met put ran ridden rode rose said sang sank sat saw seen
    sent set shaken shook shot shown shut slept sold spoke spread spun stolen stood strewn stuck swam swept swung
    taken threw thrown told took upheld went wept won wore worn woven written wrote
""")
"""Past forms and participles without -ed."""
