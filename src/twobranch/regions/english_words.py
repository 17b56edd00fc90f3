"""Lists of English words that say where a noun phrase of a caption begins and ends.

Closed classes are listed whole as far as captions use them; adjectives and verbs are those frequent in captions. A word
in no list is taken for a noun, which is what most other words of a caption are.
"""

from __future__ import annotations

DETERMINERS = frozenset(
    "a an the this these those my your his her its our their some any no each every another both several many few "
    "all various whose multiple numerous such what".split()
)
"""Words that open a noun phrase, possessives and quantifiers among them."""

NUMBERS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen twenty thirty fifty hundred "
    "dozen dozens".split()
)
"""Numbers in letters."""

PRONOUNS = frozenset("each another one others someone somebody something everyone everybody anyone both some many several few".split())
"""Pronouns that stand for something in the picture."""

SINGULAR = frozenset("one another each someone somebody everyone".split())
"""Those of which a verb in -s follows: "another stands"."""

CLAUSE_WORDS = frozenset(
    "i you he him she it we us they them himself herself itself themselves yourself myself who whom which that there here "
    "where when while whilst if because but so than then though although how why else n't not themself".split()
)
"""Pronouns that name nothing of their own, and words that join clauses."""

PREPOSITIONS = frozenset(
    "in on at with by from to into onto over under through across along around round near behind between beside besides "
    "next off down up during against toward towards past inside outside above below among amongst amid amidst underneath "
    "beneath as for about after before within without like via atop alongside upon out despite except beyond throughout "
    "per plus versus vs since until till away together apart aside ahead forward backwards forwards backward upside "
    "sideways downhill uphill upstairs downstairs nearby overhead midway everywhere somewhere indoors outdoors "
    "underwater including according".split()
)
"""Prepositions and the particles that stand where they do."""

AUXILIARIES = frozenset(
    "is are was were be been being am has have had having do does did can could will would may might must should get "
    "gets got getting gotten 're 'm 've looks look looking appears appear seems seem 'll".split()
)
"""Verbs after which a participle or an adjective belongs to the verb."""

OWNING = frozenset("has have had having".split())
"""Auxiliaries that take an object, too."""

CONJUNCTIONS = frozenset("and or & nor".split())
"""Words that join two of a kind."""

ADVERBS = frozenset(
    "very too also just not only still almost again alone ready asleep alike away quite rather so together away more most "
    "less ever never always soon now then already nearly half even well yet up-close barefoot airborne upside-down "
    "headfirst off-camera mid-air fast straight close due apparently perpendicular parallel hear find cast swat accelerate admire".split()
)
"""Adverbs without -ly, and adjectives that only follow a verb."""

NOT_ADVERBS = frozenset(
    "family fly belly bully jelly assembly curly woolly wooly hilly lovely friendly elderly early lonely silly ugly bubbly "
    "burly grizzly butterfly july only teddy lily rally ally daily likely supply smelly wobbly chilly frilly squiggly "
    "prickly gnarly barbly barely-there potbelly doily trolley homely dolly monopoly".split()
)
"""Words in -ly that are no adverbs."""

COLORS = frozenset(
    "black white red blue green yellow brown orange pink purple gray grey tan beige gold golden silver maroon teal "
    "turquoise khaki navy aqua violet blond blonde crimson scarlet magenta lavender burgundy plaid camouflage denim "
    "leather neon".split()
)
"""Adjectives that can stand for a thing of that color: "dressed in black"."""

ADJECTIVES = frozenset(
    "other smaller larger bigger taller shorter longer small large big little young old older younger elderly tall short long tiny huge giant great good new wet dry dirty "
    "muddy snowy sandy rocky grassy sunny cloudy foggy dusty rainy icy wooded wooden metal plastic stone brick concrete "
    "open empty full high low deep shallow steep wide narrow thin thick heavy light dark bright pale clear blurry "
    "multicolored multi-colored colorful colored striped spotted patterned checkered plain furry fluffy fuzzy hairy bald "
    "shaggy curly straight smooth rough sharp flat round square hot cold cool warm happy sad angry excited cute pretty "
    "beautiful handsome nice fancy funny silly strange odd weird interesting busy crowded quiet loud public private "
    "outdoor indoor urban rural suburban local asian african american indian chinese japanese oriental caucasian hispanic "
    "mexican european western eastern native young-looking middle-aged overweight fat skinny slim strong "
    "muscular athletic shirtless topless barefoot bare naked nude pregnant professional casual formal traditional "
    "modern ancient antique electric electronic inflatable artificial real fake upper lower front rear left right top "
    "bottom outer inner middle main similar same different identical matching separate single double triple various "
    "several many multiple first second third last next final extreme wild calm choppy rapid fast slow quick solo lone "
    "unseen whole entire own white-haired dark-haired blond-haired brown-haired red-haired light-haired blue-eyed fair "
    "medium average wintry tropical arid barren leafy lush mossy weedy rusty shiny glossy foamy bubbly murky sudsy stormy "
    "hilly mountainous floral flowery tie-dyed see-through sleeveless collared two-piece one-piece long-sleeved "
    "short-sleeved plain-looking opposite distant far casual asian-looking transparent decorative ornate elaborate "
    "frisbee-like cement fallen broken".split()
)
"""Adjectives that may be joined by a comma or by "and"."""

PLACES = frozenset("front top back left right".split())
"""Things after a determiner, and elsewhere parts of prepositions or adverbs: "in front of"."""

PARTICLES_OF_PLACE = frozenset("back left right".split())
"""Those that are no thing without a determiner."""

NOUNS_IN_ING = frozenset(
    "building buildings paintings clothing ceiling ceilings railing railings wedding weddings ring rings string strings "
    "swing swings king kings wing wings spring springs thing things nothing something anything evening evenings morning "
    "mornings clearing opening earring earrings sling slings stocking stockings parking awning awnings duckling ducklings "
    "sibling siblings viking vikings scaffolding lightning pudding tubing surroundings drawings darling offspring "
    "outing king-size".split()
)
"""Words in -ing that are nouns wherever they stand."""

NOUNS_IN_ED = frozenset("bed sled seed weed shed red reed bobsled seaweed dogsled hundred kid-bed bunkbed flatbed".split())
"""Words in -ed that are no participles."""

ACTIVITIES = frozenset(
    "swimming bathing hiking running skiing wrestling boxing riding racing climbing walking skating fishing diving dancing "
    "sailing training jumping hunting camping rowing shopping dining living bowling skateboarding snowboarding surfing "
    "cycling biking wading gardening sleeping rolling kayaking rafting ice-skating roller-skating painting serving "
    "cooking folding rocking sewing washing vending wrestling sporting bucking flowing cutting boarding paddling "
    "motorcycling jogging cheerleading marching building parking setting crashing oncoming matching folding swinging "
    "hanging landing bumping picking sparring waiting playing".split()
)
"""What people do, in words that also say what a thing is for: "swimming trunks"."""

SPORTS = frozenset("rock ice water scuba inline roller bungee hang snow bull wind jet belly skate cross cross-country wake".split())
"""Words that an activity makes one verb of: "a man rock climbing"."""

NOUNS_AFTER_ACTIVITIES = frozenset(
    "suit suits trunks pool pools gear shorts shoes boots outfit outfits uniform uniforms costume costumes attire clothes "
    "clothing rink pole poles board boards course courses track tracks match competition competitions event contest "
    "trail trails path area room rooms lot lots machine machines pin pins wall walls cap caps stick sticks cart carts "
    "center mall bag bags net nets rod rods chair chairs table tables hole equipment hat hats vest "
    "vests helmet helmets glasses gloves goggles session class lesson lessons team teams club mask "
    "bar pants tights slope slopes ring site stage platform band "
    "ponds pond jacket jackets jersey jerseys bag traffic hair".split()
)
"""Nouns that an activity can stand before without being their verb."""

PLURALS = frozenset(
    "people men women children kids guys policemen firemen fishermen sportsmen geese sheep feet teeth mice deer fish police "
    "gentlemen ladies businessmen oxen cattle cowboys youth crowd couple group team family pair trio workmen horsemen "
    "snowmen cavemen band class everyone others both adults policewomen fishermen crew audience personnel".split()
)
"""Subjects of a verb without -s that do not end in -s, and groups, which are followed by either."""

PERSONS = frozenset("man woman boy girl child kid person guy lady toddler adult player someone".split())
"""Singular subjects that a verb without -s follows as in "watches a man play", and that no compound begins with."""

VERBS = frozenset(
    "run jump play stand sit walk ride look hold watch climb leap smile pose carry chase wear swim take catch perform get "
    "make try fly slide swing hang throw kick have go splash use hit dance talk lean lay point push drive eat read wait "
    "fight wrestle bite lie drink follow enjoy say give put shake race blow show pull reach fall crouch kneel float laugh "
    "rest balance smoke flip grind help chew stare lick lead land pass touch paddle roll cross dig come hike fish wade "
    "dribble dive dress speak kiss turn stop hug crawl sniff grab spin retrieve relax jog scale sing push sleep stretch "
    "emerge bend attempt prepare appear begin open shoot descend pour travel approach work peek lift juggle cover observe "
    "overlook return start hide listen shine paint toss frolic grin write soar rub navigate practice round check tackle "
    "embrace surf skate skateboard snowboard ski sled wakeboard waterski bicycle bike cycle kayak row sail raft canoe "
    "gather compete participate cheer wave wash pet feed pick fetch bark growl snarl yawn tug drag trot gallop bound "
    "sprint dash head move step enter exit leave do tie cut clean cook serve sell buy pay hand tell ask learn teach clap "
    "bow tumble rollerblade bounce crash pedal maneuver steer lounge nap snuggle cuddle wink squat huddle march parade "
    "protest celebrate converse chat discuss interact inspect examine study explore search see view photograph film record "
    "display advertise wrap fix build repair drill saw hammer weld dump fill empty collect load ring drum strum squirt spray "
    "shower soak drip dunk dangle suspend tip tilt lower raise rise sink stick break lose win score serve pitch bat bowl "
    "golf block guard defend attack pounce nip gnaw wag pant drool shovel plow plant rake mow harvest skip hop twirl prance "
    "stroll wander roam trek trudge stride stumble trip slip charge rush hurry speed zoom cruise glide hover hurdle vault "
    "somersault cartwheel backflip perch nestle recline slouch slump sprawl tower line surround face gaze glance peer squint "
    "frown cry scream yell shout sing whisper call signal gesture motion wipe brush comb shave apply examine adjust remove "
    "change let want need like love hope wait keep stay live meet join share add bring send set drop release squeeze press "
    "grip clutch grasp cling tackle pile mount dismount straddle scoot scooter wheel blur reflect appear contain consist "
    "fit match decorate hula lap snatch playfight yank snowboard ascend overtake traverse scramble hoist tow propel launch "
    "ski-jump engage attend operate demonstrate show entertain busk plunge submerge bathe sunbathe exercise train work "
    "circle crowd bask camp picnic shop vend stoop tend try knit sew cycle pretend seem act wade-in".split()
)
"""Verbs frequent in captions, without an ending."""

NOUNS_BEFORE_VERBS = frozenset(
    "waves skis shorts toys swings skates trips steps bats hands faces heads toys plants drinks shows lines laps bikes "
    "bicycles skateboards kayaks canoes rafts wheels rings drums sticks sails scooters lands camps shops leaves ties dresses tie dress pants steps racks  hand face crowd bike circle train drum camp shop film clothes glasses".split()
)
"""Words in -s that are more often a noun than a verb after a preposition, "and" or a verb."""

IRREGULAR = frozenset(
    "ran sat stood rode held threw took caught wore swam made flew swung hung went sang fought bit lay drank gave shook blew "
    "fell knelt led came dug dove spoke spun slept bent began shot hid rose sank stuck lost won ate drove wrote brought "
    "sent kept met let bring thrown taken worn made seen shown flown driven ridden bitten drawn eaten given blown broken "
    "fallen hidden written been gone done caught held hit built bought sold told said saw left felt found put cut shut "
    "spread lit dressed swept wept leapt bound laid lain stolen beaten born set thru upheld strewn shaken woven".split()
)
"""Past forms and participles without -ed."""
