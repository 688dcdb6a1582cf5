"""The people, posts and comments that ``load_example_data`` writes."""

from dataclasses import dataclass

PEOPLE = {
    "mira": ("Mira", "Okafor"),
    "jonas": ("Jonas", "Lindqvist"),
    "aiko": ("Aiko", "Tanabe"),
}


@dataclass(frozen=True)
class ExamplePost:
    """A post of the past: *days_ago* says when it was published; a draft has None."""

    title: str
    author: str
    days_ago: int | None
    palette: str
    summary: str
    body: str
    comments: tuple[tuple[str, str], ...] = ()


POSTS = (
    ExamplePost(
        title="The view from seat 14",
        author="mira",
        days_ago=1,
        palette="dusk",
        summary="Six hours by train, no signal, one notebook: why the slow way home is where most of my ideas begin.",
        body="""\
The train was late, the heating was stuck on high, and somewhere after the second tunnel my phone gave up looking for \
a signal. I had planned to answer mail. Instead I looked out of the window.

It takes about twenty minutes before looking turns into thinking. First you count things: pylons, horses, one very \
determined cyclist. Then the counting stops and the questions arrive. Why does every small station have exactly one \
bench too few? Who decided that this hill should be vineyards and the next one pines?

By the time the hills turned purple I had four pages of notes. Two of them were about work, which I had not thought \
about on purpose for a week. One held a drawing of the cyclist.

I do not think it was the train. I think it was the six hours in which nothing could be checked. The train is only the \
most comfortable place I know where that is true.""",
        comments=(
            ("jonas", "The missing bench is a law of nature. Ours has been missing since 1974."),
            ("aiko", "Twenty minutes sounds right. I always give up after fifteen."),
            ("mira", "Stay for the last five, they are the good ones!"),
        ),
    ),
    ExamplePost(
        title="Learn one thing badly first",
        author="aiko",
        days_ago=3,
        palette="noon",
        summary="My first bookshelf leans to the left. It taught me more than three books about joinery did.",
        body="""\
There is a stage of learning that most courses skip: the one in which you are simply bad at it, in private, with \
nobody correcting you.

My first bookshelf leans. I know exactly why it leans, because I had to look at it every day for a year while the \
books slid into a pile. When somebody finally showed me how to cut a proper joint, I understood at once what the joint \
was for. Had I been shown it first, it would have been one more rule.

So now I begin everything by doing it badly once, quickly, with cheap material. Then I read.""",
        comments=(("mira", "Does the shelf still stand?"), ("aiko", "It leans on the second one.")),
    ),
    ExamplePost(
        title="It works on my laptop",
        author="jonas",
        days_ago=6,
        palette="clay",
        summary="The five most honest words in programming, and what has to happen before they are worth something.",
        body="""\
Everybody laughs at the sentence, but it is a milestone. Yesterday it did not work anywhere. Today it works on a \
machine that you can touch, and you know every file on it.

What is missing is the trip. Another computer has another clock, another idea of where files belong, and nobody \
watching. It will not type the password that you type without noticing. It does not have the picture that you saved in \
the folder next to the code.

A list helps. What does it need installed? What must it be told that nobody else may know? Where do the things go that \
people upload? Who starts it again at three in the morning? Four questions, and “it works on my laptop” becomes “it \
works, and here is the address”.""",
        comments=(("aiko", "The three in the morning question is the one that got me."),),
    ),
    ExamplePost(
        title="A kitchen with four spices",
        author="mira",
        days_ago=10,
        palette="field",
        summary="Salt, cumin, chilli and something sour. What a month of cooking with limits taught me about choices.",
        body="""\
In October I gave away the spice rack and kept four jars. The plan was to save space on the boat.

The first week was dull. In the second one I noticed that cumin tastes different when it goes in early, and different \
again when it is toasted whole. By the fourth week I had more dishes than before, because I had stopped asking which \
jar to open and started asking when.

Limits do not make you creative by themselves. They only take away the cheap answers.""",
    ),
    ExamplePost(
        title="Maps that lie kindly",
        author="jonas",
        days_ago=14,
        palette="coast",
        summary="The best map of a railway has no true distances, no true directions, and nobody got lost with it.",
        body="""\
Look at a map of the lines in any large city. The river is too straight, the stations are evenly spaced, and the \
suburbs have been folded in like napkins. Nearly every distance on it is wrong.

It is right about the only thing you ask it: which line, which direction, where to change. Everything that does not \
help to answer that has been taken away.

I try to write documentation like that now. Not everything that is true, but everything that gets you to the next \
station.""",
        comments=(("mira", "And in small print at the edge: not to scale."),),
    ),
    ExamplePost(
        title="Fixing the radio",
        author="aiko",
        days_ago=19,
        palette="night",
        summary="An old receiver, a cracked joint, and a voice from very far away reading out the price of fish.",
        body="""\
The radio belonged to a neighbour who was moving out. “It hums,” he said, which was true and not the whole truth: it \
hummed, smelled of dust and picked up nothing at all.

I cleaned it first. Cleaning is the part of every repair that feels like delay and turns out to be the diagnosis. \
Behind the dial, under forty years of fluff, one joint had a crack as thin as a hair.

It took one minute to mend. Around midnight, between two stations of static, a calm voice was reading out the price of \
fish in a harbour I had never heard of. I listened until the end.""",
        comments=(("jonas", "And? What did the cod cost?"),),
    ),
    ExamplePost(
        title="Early frost",
        author="mira",
        days_ago=25,
        palette="frost",
        summary="The garden went silent overnight. A short note on what to do on the first cold morning of the year.",
        body="""\
Put the kettle on. Go out before it boils.

The grass cracks, the last tomatoes hang like lamps, and every spider's web can be seen at once: hundreds of them, \
where yesterday there were two. They were there all the time. It needed a cold night to show them.

Go back in. Write down where they were.""",
    ),
    ExamplePost(
        title="Ask the smallest question",
        author="jonas",
        days_ago=33,
        palette="moss",
        summary="When something breaks, cut the problem in half until what is left fits into one line.",
        body="""\
“The site is down” is not a question. “Does this address answer from this machine?” is one, and it takes four seconds.

The trick is not to be clever. Clever people guess, and sometimes they are right, and then they never learn where the \
fault was. Cut the road between you and the answer in the middle and look which half is dark. Then cut that half.

Ten cuts are enough for a road of a thousand steps. Nobody has ever needed more than twenty.""",
    ),
    ExamplePost(
        title="Departure",
        author="aiko",
        days_ago=40,
        palette="dawn",
        summary="The first post of this blog: who we are, what we promise, and why the train is slow on purpose.",
        body="""\
Three people, one blog, no schedule. We write about things we learn, things we make, and things we see from the window \
on the way.

It is slow on purpose. There will be no news here, and nothing that you have to read today. If a post is worth reading \
it will be worth reading in a year.

Get in wherever you like. There is room.""",
        comments=(("jonas", "All aboard."), ("mira", "I have sandwiches.")),
    ),
    ExamplePost(
        title="Notes for a winter project",
        author="mira",
        days_ago=None,
        palette="frost",
        summary="A draft: only its author sees it.",
        body="A model of the old station, with working lamps. Find out how they wired the signals.",
    ),
)
