/**
 * Sentences people write at work that ask for none of the intents: what the classifier must not take for one. `{name}` is a
 * service or a person. Deploying, deleting and scaling are here on purpose: they sound like a restart and are none.
 */
export const outside: readonly string[] = `
good morning everyone
thanks a lot, that was quick
have a nice weekend
who is coming to lunch today
what is for lunch in the canteen
happy birthday {name}
see you tomorrow at the office
is anybody else cold in here
the coffee machine is empty again
can someone bring milk
my laptop does not start any more
my laptop cannot reach the vpn
the vpn keeps disconnecting
i forgot my password
how do I reset my password
how can I change my password
my account is locked
i cannot log in to my mail
the printer on the second floor is jammed
the printer is broken again
my screen stays black
my keyboard has stopped working
i need a new monitor
can I get a second monitor
i need a new laptop for the new colleague
please order a headset for me
can you send me the invoice for march
where do I hand in my expenses
how do I file an expense report
how many holidays do I have left
i would like to take next friday off
i am sick today
i will be ten minutes late
can we move the meeting to three
book a room for tomorrow at ten
when is the next all hands
who is my manager
what is the wifi password for guests
how do I connect to the guest wifi
what time is it in tokyo
what is the weather like tomorrow
tell me a joke
what is the meaning of life
are you a robot
who made you
how old are you
what do you think about this
can you translate this to german
write a poem about servers
set an alarm for seven
remind me to call {name} at five
play some music
book a flight to berlin
search the web for cheap hotels
how do I cook rice
what is the capital of france
how tall is the eiffel tower
did our team win yesterday
deploy {name} to production
please deploy the new version of {name}
roll {name} back to the last version
can you roll back the deploy of {name}
revert the last commit in {name}
delete {name} in production
remove {name} from staging
drop the database of {name}
stop {name} in production
shut {name} down tonight
turn {name} off
scale {name} to five instances
add two more instances to {name}
give {name} more memory
increase the timeout of {name}
block all traffic to {name}
upgrade the database of {name}
run the migrations on staging
create a new service called orders
rename {name} to shop
who deployed {name} yesterday
who wrote {name}
who owns {name}
who restarted {name} last night
who has access to {name}
does {name} have access to {name}
why did you restart {name}
why was {name} restarted
when was {name} restarted last
when was {name} deployed
what does {name} do
what happens when {name} is restarted
how does {name} work
how do I call the api of {name}
where are the logs of {name}
where is the code of {name}
where is the documentation of {name}
which version of {name} runs in production
how much does {name} cost a month
how many users does {name} have
what changed in {name} this week
is there a dashboard for {name}
is it safe to restart {name} during the day
should we restart {name} or wait
i restarted {name} this morning
i have restarted it twice already
{name} was restarted an hour ago
the restart of {name} went well
restarting did not help
{name} said to restart {name}
we should not restart {name} now
nobody should touch {name} today
do not restart anything before the release
please do not touch production this week
restart your laptop and try again
i restarted my computer and it still hangs
my computer restarts by itself
restart the printer
restart the meeting, everybody dropped out
reboot my phone
let us start over
i gave {name} access yesterday
{name} has access already
{name} asked for access to {name} yesterday
who approved the access of {name}
who can approve access
why do I need an approval
why was my request denied
how long does an approval take
what does read access mean
the new colleague needs a badge for the building
i lost my badge and cannot enter the building
i need a parking space
my access card does not open the door
remove {name} from the mailing list
remove me from this channel
give the book back to {name}
give {name} my regards
take this away
invite {name} to the channel
add {name} to the meeting
please call {name}
is {name} in the office today
is {name} on holiday
how is {name} doing after the surgery
how is your day
how are you
how is it going
what is new
what is up
status of my order
what is the status of my expense report
is the canteen open
is the shop open on sunday
is there a train strike tomorrow
check the calendar for friday
check my spelling please
check whether the invoice was paid
the customer is angry
a customer cannot pay with her card
customers complain about the prices
we got a bad review
sales are down this month
the stock is up today
the release is on thursday
the release went out
can you review my pull request
please review this document
the tests are red on main
the build is broken
my pull request has conflicts
how do I write a workflow
open a ticket for this
close the ticket
what is the ticket number
escalate this to {name}
pass this on to {name}
list all the employees
show me the sales of last week
show the open positions
show me the calendar
which rooms are free
who needs a lift home
who wants coffee
we need help with the move on saturday
help the customer please
help {name} with the slides
can you help {name} find a room
no idea what to do
never mind
wrong channel, sorry
test
asdf
lorem ipsum
yes
no
maybe later
sounds good
i do not think so
that makes no sense
let me know when you are back
`
  .trim()
  .split("\n");
